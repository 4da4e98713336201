/** The loop: from a save to the command's first byte in the new kernel, and what it costs to be ready for one. */
import { join } from 'node:path';
import { startChild, type Child } from '../host/child.ts';
import { memoryMib, processorMs } from '../host/usage.ts';
import { isFailure } from '../report/failure.ts';
import { bareLine } from './boot.ts';
import { editOf } from './edit.ts';
import type { Comparison } from './pairs.ts';
import { floorScript } from './rebuild.ts';
import type { Part, Tools } from './tools.ts';

interface Turn {
  readonly verdict: string;
  readonly buildMs?: number;
  readonly bootMs?: number;
  readonly commandMs?: number;
}

/** A watch that runs `echo` in each new kernel. Times are of `performance.now()`. */
class Loop {
  readonly #looks = new Set<() => void>();
  readonly turns: { readonly turn: Turn; readonly at: number }[] = [];
  /** When the command's first byte came, turn by turn. */
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
        else reject(new Error(['the watch ended before its time', ...(this.#child?.said ?? [])].join('\n')));
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
    if (stream === 'out') this.turns.push({ turn: JSON.parse(line) as Turn, at });
    else if (/^kloop: watching \d+ files/.test(line)) this.watchingAt ??= at;
    else if (line === 'kloop-bench') this.answers.push(at);
    this.#look();
  }

  #look(): void {
    for (const look of [...this.#looks]) look();
  }
}

export async function watchComparisons(tools: Tools): Promise<Part> {
  const source = 'net/mptcp/protocol.c';
  const edit = editOf(join(tools.tree.source, source));
  const bare = await bareLine(tools, 'true');
  const floor = floorScript(tools, source);
  const settled = () => tools.kloop('kernel', '--no-image');

  let running: Loop | undefined;
  tools.context.signal.addEventListener('abort', () => { void running?.end(); });
  /** The watch that the measurements share, after its first turn. */
  const loop = async () => {
    if (running === undefined) {
      await settled();
      const first = new Loop();
      running = first;
      await first.start(tools.kloopArgv('watch', '--json', '--', 'echo', 'kloop-bench'));
      await first.until(() => first.turns.length > 0);
    }
    return running;
  };
  const ended = async () => {
    await running?.end();
    running = undefined;
  };
  /** Saves, and waits for the turn: seconds to the command's first byte, and to the start of the build. */
  const turn = async () => {
    const watch = await loop();
    const count = watch.turns.length;
    const answered = watch.answers.length;
    const saved = performance.now();
    edit.save();
    await watch.until(() => watch.turns.length > count && watch.answers.length > answered);
    const { turn: made, at } = watch.turns[count] ?? { turn: { verdict: 'lost' }, at: 0 };
    if (made.verdict !== 'passed') throw new Error(`a turn of the watch: ${made.verdict}`);
    const stages = (made.buildMs ?? 0) + (made.bootMs ?? 0) + (made.commandMs ?? 0);
    return { first: ((watch.answers[answered] ?? Number.NaN) - saved) / 1000, toBuild: (at - saved - stages) / 1000 };
  };
  const byHand = async (build: () => Promise<void>) => {
    await build();
    await tools.run(['sh', '-c', bare]);
  };
  const bySave = { label: 'watch: save to first byte', prepare: async () => { await loop(); }, run: async () => (await turn()).first };
  const make = () => tools.run([...tools.make.argv, '-j', String(tools.jobs), 'vmlinux'], tools.tree.source, tools.make.env);

  const comparisons: Comparison[] = [
    {
      name: 'watch: ready to notice a save, after the first boot began',
      a: {
        label: 'watch',
        prepare: ended,
        run: async () => {
          const watch = await loop();
          await watch.until(() => watch.watchingAt !== undefined);
          const { turn: made, at } = watch.turns[0] ?? { turn: { verdict: 'lost' }, at: 0 };
          const bootedFrom = at - (made.bootMs ?? 0) - (made.commandMs ?? 0);
          return Math.max(0, (watch.watchingAt ?? Number.NaN) - bootedFrom) / 1000;
        },
      },
      goal: { is: 'alone', most: 1 },
    },
    {
      name: "watch: a save to the build's start",
      a: { label: 'watch', prepare: async () => { await loop(); }, run: async () => (await turn()).toBuild },
      goal: { is: 'alone', most: 0.15 },
    },
    {
      name: 'watch: a save to the command, beside make and a bare boot',
      a: bySave,
      b: { label: 'make vmlinux + bare QEMU', prepare: async () => { await ended(); await make(); edit.save(); }, run: () => byHand(make) },
      goal: { is: 'beside', most: 0.4 },
    },
    {
      name: 'watch: memory after some turns',
      unit: 'MiB',
      a: { label: 'watch', prepare: async () => { await turn(); await rest(1); }, run: async () => memoryMib((await loop()).pid) },
      goal: { is: 'alone', most: 150 },
    },
    {
      name: 'watch: processor time at rest',
      unit: '%',
      a: {
        label: 'watch',
        prepare: async () => { await loop(); await rest(3); },
        run: async () => {
          const { pid } = await loop();
          const before = processorMs(pid);
          await rest(10);
          return (processorMs(pid) - before) / 100;
        },
      },
      goal: { is: 'alone', most: 0.5 },
    },
  ];
  const absent: string[] = [];
  if (typeof floor === 'string') absent.push(`watch is not compared with the floor: ${floor}`);
  else {
    const build = () => tools.run(['sh', '-c', floor.script], tools.tree.build, floor.env);
    comparisons.push({
      name: 'watch: a save to the command, beside its floor',
      a: bySave,
      b: { label: 'gcc + link + bare QEMU', prepare: async () => { await ended(); await settled(); edit.save(); }, run: () => byHand(build) },
      goal: { is: 'ratio', most: 1.25 },
    });
  }
  return {
    comparisons,
    absent,
    restore: async () => {
      await ended();
      edit.restore();
      await settled();
    },
  };
}

/** A measurement over time, not a wait for something. */
function rest(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
