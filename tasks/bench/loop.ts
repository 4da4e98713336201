/** A watch under measurement: it is started, files are saved, and what comes of it is clocked. */
import { join } from 'node:path';
import { startChild, type Child } from '../host/processes/child.ts';
import { isFailure } from '../report/failure.ts';
import { editOf, type Edit } from './edit.ts';
import type { Side } from './pairs.ts';
import type { Tools } from './tools.ts';

interface Run {
  readonly verdict: string;
  readonly buildMs?: number;
  readonly bootMs?: number;
  readonly commandMs?: number;
}

/** A watch that runs a command in each new kernel. Times are of `performance.now()`. */
class Loop {
  readonly #looks = new Set<() => void>();
  readonly runs: { readonly run: Run; readonly at: number }[] = [];
  /** When the command's first byte came, run by run. */
  readonly answers: number[] = [];
  watchingAt: number | undefined;
  #child: Child | undefined;
  #over = false;
  #told = false;

  async start(argv: readonly string[]): Promise<void> {
    const child = await startChild({ argv, sockets: 0, files: [], heard: (stream, line) => this.#hear(stream, line) });
    if (isFailure(child)) throw new Error('watch could not be started');
    this.#child = child;
    void child.ended.then(() => {
      this.#over = true;
      this.#look();
    });
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Resolves when it holds; rejects where the watch ends before. */
  until(look: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (!look() && !this.#over) return;
        this.#looks.delete(check);
        if (look()) resolve();
        else reject(new Error(['watch exited too early', ...(this.#child?.said ?? [])].join('\n')));
      };
      this.#looks.add(check);
      check();
    });
  }

  async end(): Promise<void> {
    if (this.#child === undefined) return;
    // Once: a second signal would end it without its clearing up.
    if (!this.#over && !this.#told) process.kill(this.#child.pid, 'SIGTERM');
    this.#told = true;
    await this.#child.ended;
  }

  #hear(stream: 'out' | 'err', line: string): void {
    const at = performance.now();
    if (stream === 'out') this.runs.push({ run: JSON.parse(line) as Run, at });
    else if (/^kloop: watching \d+ files/.test(line)) this.watchingAt ??= at;
    else if (line === 'kloop-bench') this.answers.push(at);
    this.#look();
  }

  #look(): void {
    for (const look of [...this.#looks]) look();
  }
}

/** Saves of one source under one watch, which runs from the first that is asked for until it is ended. */
interface Saves {
  readonly edit: Edit;
  /** The watch, after its first run. */
  readonly loop: () => Promise<Loop>;
  /** Saves, and waits for the run: seconds to the command's first byte, and to the start of the build. */
  readonly run: () => Promise<{ first: number; toBuild: number }>;
  readonly ended: () => Promise<void>;
  /** Brings vmlinux up to date by kloop. */
  readonly settled: () => Promise<void>;
  /** Measured: from a save to the command's first byte. */
  readonly toFirstByte: Side;
}

/** How many saves come before one that is measured: after so many it takes no less. */
const warmSaves = 3;

/** @param command what runs in the VM: it prints `kloop-bench` */
export function saves(tools: Tools, source: string, command: readonly string[] = ['echo', 'kloop-bench']): Saves {
  const edit = editOf(join(tools.tree.source, source));
  const settled = () => tools.kloop('kernel', '--no-image');
  let running: Loop | undefined;
  tools.context.signal.addEventListener('abort', () => { void running?.end(); });
  const loop = async () => {
    if (running === undefined) {
      await settled();
      const first = new Loop();
      running = first;
      await first.start(tools.kloopArgv('watch', '--json', '--', ...command));
      await first.until(() => first.runs.length > 0);
    }
    return running;
  };
  const ended = async () => {
    await running?.end();
    running = undefined;
  };
  const run = async () => {
    const watch = await loop();
    const count = watch.runs.length;
    const answered = watch.answers.length;
    const saved = performance.now();
    edit.save();
    await watch.until(() => watch.runs.length > count && watch.answers.length > answered);
    const { run: made, at } = watch.runs[count] ?? { run: { verdict: 'lost' }, at: 0 };
    if (made.verdict !== 'passed') throw new Error(`a run under watch: ${made.verdict}`);
    const stages = (made.buildMs ?? 0) + (made.bootMs ?? 0) + (made.commandMs ?? 0);
    return { first: ((watch.answers[answered] ?? Number.NaN) - saved) / 1000, toBuild: (at - saved - stages) / 1000 };
  };
  // A watch's first saves are slower: Node has not compiled what it runs, and the tree is still being looked over. A person's is one of many.
  const warm = async () => { while ((await loop()).runs.length <= warmSaves) await run(); };
  const toFirstByte = { label: 'watch: save to first byte', prepare: warm, run: async () => (await run()).first };
  return { edit, loop, run, ended, settled, toFirstByte };
}
