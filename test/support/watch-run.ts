/** A watch under test: started as a person starts it, its runs read as data. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryMib } from '../../tasks/host/processes/usage.ts';

const root = join(import.meta.dirname, '..', '..');

interface RunData {
  readonly run: number;
  readonly cause: string;
  readonly changed: readonly string[];
  readonly verdict: string;
  readonly status?: number;
  readonly reason?: string;
  readonly words?: string;
  readonly tests?: {
    readonly passed: number; readonly failed: number; readonly skipped: number; readonly failing: readonly string[];
    readonly newlyFailing: readonly string[]; readonly newlyPassing: readonly string[]; readonly flaky: readonly string[]; readonly slower: readonly string[];
  };
  readonly splats?: readonly { readonly kind: string; readonly title: string }[];
  readonly restarts: number;
  readonly swapped?: readonly string[];
  readonly swapMs?: number;
  readonly buildMs?: number;
  readonly bootMs?: number;
  readonly commandMs?: number;
  readonly totalMs: number;
}

/**
 * The shared tree, which a test edits and puts back: a copy of a built tree
 * would be built anew as a whole, for its host programs are known by their
 * absolute paths.
 */
export interface Workshop {
  readonly tree: string;
  readonly env: NodeJS.ProcessEnv;
  /** A directory for a test's own files. */
  readonly dir: string;
}

/** `undefined` where there is no shared kernel: the file runs by `npm test`. */
export function workshop(name: string): Workshop | undefined {
  const tree = process.env['KLOOP_TEST_TREE'];
  const cache = process.env['KLOOP_TEST_CACHE'];
  if (tree === undefined || cache === undefined) return undefined;
  const dir = join(cache, `watch ${name}`);
  mkdirSync(dir, { recursive: true });
  return { tree, dir, env: { ...process.env, KLOOP_ENV_FILE: '', VM_NAME: `test-${name}` } };
}

export class WatchRun {
  readonly runs: RunData[] = [];
  stderr = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #looks = new Set<() => void>();
  #taken = 0;

  /** @param enter words before the command: a namespace's, in which the working directory is another */
  constructor(shop: Pick<Workshop, 'dir' | 'env'>, args: readonly string[], env: NodeJS.ProcessEnv = {}, enter: readonly string[] = []) {
    const [program = '', ...words] = [...enter, process.execPath, join(root, 'tasks', 'launch.cjs'), 'watch', '--json', ...args];
    this.#child = spawn(program, words, {
      cwd: shop.dir, env: { ...shop.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'],
    });
    let rest = '';
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.runs.push(JSON.parse(line) as RunData);
      this.#look();
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
      this.#look();
    });
    this.#ended = new Promise((resolve) => this.#child.on('close', (code) => {
      resolve(code);
      this.#look();
    }));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The next run that has not been asked for yet. */
  async next(ms = 300_000): Promise<RunData> {
    await this.until(() => this.runs.length > this.#taken, ms, 'no further run');
    const outcome = this.runs[this.#taken++];
    if (outcome === undefined) throw new Error('no run');
    return outcome;
  }

  /** Resolves when stderr, from its end at `from`, matches. */
  async says(pattern: RegExp, from = 0, ms = 30_000): Promise<void> {
    await this.until(() => pattern.test(this.stderr.slice(from)), ms, `never said ${pattern}`);
  }

  /** Where the evidence of the `count`th run that leaves any is: it is kept in their order, and no verdict waits for it. */
  async evidence(count: number): Promise<string> {
    const kept = () => [...this.stderr.matchAll(/^kloop: evidence is kept in (\S+) /gm)].map(([, dir = '']) => dir);
    await this.until(() => kept().length >= count, 60_000, `evidence was not kept ${count} times`);
    return kept()[count - 1] ?? '';
  }

  until(look: () => boolean, ms: number, otherwise: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (!look()) return;
        clearTimeout(deadline);
        this.#looks.delete(check);
        resolve();
      };
      const deadline = setTimeout(() => {
        this.#looks.delete(check);
        reject(new Error(`${otherwise} in ${ms} ms; runs ${JSON.stringify(this.runs.slice(-3))}; said:\n${this.stderr.slice(-3000)}`));
      }, ms);
      this.#looks.add(check);
      check();
    });
  }

  /** Asks it to end; gives its exit status. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal);
    return this.#ended;
  }

  #look(): void {
    for (const look of [...this.#looks]) look();
  }
}

/** Processes whose command line or environment holds a text: what a run has left behind. */
export function processesWith(text: string): string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      if (line.includes(text)) found.push(`${pid} ${line}`);
    } catch {
      // It has ended.
    }
  }
  return found;
}

/** How many descriptors a process has open, and its memory in MiB. */
export function usage(pid: number): { descriptors: number; memoryMib: number; peakMib: number } {
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    memoryMib: memoryMib(pid),
    peakMib: Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024,
  };
}

/** A kernel source that says a mark when it boots; what else it holds stays. */
export class MarkedSource {
  readonly path: string;
  readonly #original: string;

  constructor(tree: string) {
    this.path = join(tree, 'net', 'mptcp', 'protocol.c');
    // A run that was killed may have left a mark.
    this.#original = readFileSync(this.path, 'utf8').replaceAll(/^.*\/\* kloop test \*\/\n/gm, '');
  }

  /** The source with one more statement where Multipath TCP is initialised, at boot. */
  with(line: string): string {
    const at = '\tmptcp_token_init();\n';
    if (!this.#original.includes(at)) throw new Error(`${this.path} has no mptcp_token_init()`);
    return this.#original.replace(at, `${at}\t${line} /* kloop test */\n`);
  }

  write(line: string): void {
    writeFileSync(this.path, this.with(line));
  }

  mark(text: string): void {
    this.write(`pr_alert("kloop mark ${text}\\n");`);
  }

  restore(): void {
    if (readFileSync(this.path, 'utf8') !== this.#original) writeFileSync(this.path, this.#original);
  }
}
