/** Into a VM that runs: what a command takes that another kloop starts there, beside one in the session that the VM began with. */
import { once } from 'node:events';
import { startPiped } from '../host/processes/piped.ts';
import { bareLine } from './boot.ts';
import type { Comparison, Side } from './pairs.ts';
import type { Part, Tools } from './tools.ts';

/** What goes over, for a rate. MiB. */
const amount = 64;
const bytes = amount * 2 ** 20;

/** A shell in the guest, on pipes. */
class Shell {
  readonly #program: ReturnType<typeof startPiped>;
  #got = 0;
  #heard: () => void = () => undefined;

  constructor(argv: readonly string[]) {
    this.#program = startPiped(argv, '/');
    this.#program.stdout.on('data', (chunk: Buffer) => {
      this.#got += chunk.length;
      this.#heard();
    });
    void this.#program.ended.then(() => this.#heard());
  }

  type(line: string): void {
    this.#program.stdin.write(`${line}\n`);
  }

  async send(block: Buffer): Promise<void> {
    if (!this.#program.stdin.write(block)) await once(this.#program.stdin, 'drain');
  }

  /** Waits for so many bytes more. */
  async take(count: number): Promise<void> {
    const over = this.#program.ended.then(() => true);
    while (this.#got < count) {
      const ended = await Promise.race([over, new Promise<false>((resolve) => { this.#heard = () => resolve(false); })]);
      if (ended && this.#got < count) throw new Error(`the guest has ended: ${this.#program.said.join('; ')}`);
    }
    this.#got -= count;
  }

  /** @returns its status */
  async end(): Promise<unknown> {
    this.#program.stdin.end();
    return this.#program.ended;
  }
}

/** MiB a second, out of the guest. */
async function outOf(shell: Shell): Promise<number> {
  shell.type(`head -c ${bytes} /dev/zero`);
  await shell.take(1);
  const began = performance.now();
  await shell.take(bytes - 1);
  return amount / ((performance.now() - began) / 1000);
}

/** MiB a second, into the guest. */
async function into(shell: Shell): Promise<number> {
  shell.type(`echo; head -c ${bytes} >/dev/null; echo`);
  await shell.take(1);
  const began = performance.now();
  const block = Buffer.alloc(2 ** 20);
  for (let i = 0; i < amount; i++) await shell.send(block);
  await shell.take(1);
  return amount / ((performance.now() - began) / 1000);
}

export async function reachComparisons(tools: Tools): Promise<Part> {
  const bare = await bareLine(tools, 'true');
  const name = `bench-${process.pid}`;
  let vm: Shell | undefined;
  const first = async (): Promise<Shell> => {
    if (vm === undefined) {
      vm = new Shell(tools.kloopArgv('vm', '--quiet', '--name', name, '--', 'sh'));
      vm.type('echo');
      await vm.take(1);
    }
    return vm;
  };
  const start = async () => { await first(); };
  const inFirst = (measured: (shell: Shell) => Promise<number | void>): Side => ({ label: 'the first session', prepare: start, run: async () => measured(await first()) });
  const byExec = (measured: (shell: Shell) => Promise<number>): Side => ({
    label: 'kloop exec',
    prepare: start,
    run: async () => {
      const shell = new Shell(tools.kloopArgv('exec', name, '--', 'sh'));
      const rate = await measured(shell);
      await shell.end();
      return rate;
    },
  });
  const rate = (way: string, measured: (shell: Shell) => Promise<number>): Comparison => ({
    name: `into a VM that runs: bytes ${way} the guest`, unit: 'MiB/s', a: byExec(measured), b: inFirst(measured), goal: { is: 'share', least: 0.9 },
  });
  return {
    comparisons: [
      {
        name: 'into a VM that runs: exec -- true',
        a: { label: 'kloop exec', prepare: start, run: () => tools.kloop('exec', name, '--', 'true') },
        b: inFirst(async (shell) => {
          shell.type('/bin/true; echo');
          await shell.take(1);
        }),
        goal: { is: 'beside', most: /accel[ =]tcg/.test(bare) ? 0.15 : 0.06 },
      },
      rate('out of', outOf),
      rate('into', into),
    ],
    absent: [],
    restore: async () => {
      await vm?.end();
      vm = undefined;
    },
  };
}
