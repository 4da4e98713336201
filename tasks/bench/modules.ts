/** A save of a module: swapped by watch, beside what it takes by hand in a VM that runs, built in, and in a new VM. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startChild, type Child } from '../host/processes/child.ts';
import { cmdPathOf } from '../kernel/inputs/cmd-file.ts';
import { savedCommand } from '../kernel/quick/facts.ts';
import { isFailure } from '../report/failure.ts';
import { shellQuote } from '../text/values.ts';
import { bareLine } from './boot.ts';
import { floorOf } from './floor.ts';
import { saves } from './loop.ts';
import type { Comparison, Side } from './pairs.ts';
import type { Part, Tools } from './tools.ts';

/** A module of one object, and a source of about its size that is built in. */
const measured = { option: 'CONFIG_TCP_CONG_BBR', module: 'net/ipv4/tcp_bbr', builtIn: 'net/ipv4/tcp_recovery' } as const;

/** A VM with a shell that commands are given to as they come: nothing is started for one but the command itself. */
class HandVm {
  #child: Child | undefined;
  #answers = 0;
  #answered: () => void = () => undefined;

  async run(tools: Tools, command: string): Promise<void> {
    this.#child ??= await this.#start(tools);
    const { ended, sockets: [input] } = this.#child;
    const answer = new Promise<true>((resolve) => { this.#answered = () => resolve(true); });
    input?.write(`${command} && echo kloop-bench-${++this.#answers} || exit 1\n`);
    if (await Promise.race([answer, ended]) !== true) throw new Error(['the VM for commands by hand has ended', ...this.#child.said].join('\n'));
  }

  async end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    child?.sockets[0]?.end();
    await child?.ended;
  }

  async #start(tools: Tools): Promise<Child> {
    const child = await startChild({
      argv: ['sh', '-c', 'exec "$@" <&3', 'sh', ...tools.kloopArgv('vm', '--', 'sh')], sockets: 1, files: [],
      heard: (stream, line) => { if (stream === 'out' && line === `kloop-bench-${this.#answers}`) this.#answered(); },
    });
    if (isFailure(child)) throw new Error(child.words.what);
    return child;
  }
}

export async function moduleComparisons(tools: Tools): Promise<Part> {
  const { module, builtIn, option } = measured;
  const { build } = tools.tree;
  const name = module.slice(module.lastIndexOf('/') + 1);
  if (!existsSync(join(build, `${module}.ko`))) return { comparisons: [], absent: [`a save of a module is not measured: ${option}=m is not set`] };
  const floor = floorOf(tools, `${module}.c`);
  if (typeof floor === 'string') return { comparisons: [], absent: [`a save of a module is not measured: ${floor}`] };
  // No make: the commands that Kbuild saved, of this object and of this module; modpost goes over all.
  const commands = [`${module}.o`, 'Module.symvers', `${module}.mod.o`, `${module}.ko`].map((target) => savedCommand(join(build, cmdPathOf(target))));
  if (commands.includes(undefined)) return { comparisons: [], absent: ['a save of a module is not measured: a saved command cannot be read'] };
  const byHand = ['set -e', ...commands].join('\n');
  // Loaded once; then an exchange sees to it.
  const command = ['sh', '-c', `[ -d /sys/module/${name} ] || modprobe ${name}; echo kloop-bench`];
  const { edit, ended, settled, toFirstByte } = saves(tools, `${module}.c`, command);
  const other = existsSync(join(build, `${builtIn}.o`)) && !existsSync(join(build, `${builtIn}.ko`)) ? saves(tools, `${builtIn}.c`, command) : undefined;
  const hand = new HandVm();
  const object = shellQuote(join(build, `${module}.ko`));
  const bare = await bareLine(tools, 'modprobe', name);
  const swapped: Side = { ...toFirstByte, prepare: async () => { await hand.end(); await other?.ended(); await toFirstByte.prepare?.(); } };
  const comparisons: Comparison[] = [
    {
      name: 'module: a save to the command, against compiler, modpost, ld and insmod by hand in a VM that runs',
      a: swapped,
      b: {
        label: 'gcc + modpost + ld + insmod',
        prepare: async () => {
          await ended();
          await settled();
          await hand.run(tools, `{ [ -d /sys/module/${name} ] || insmod ${object}; }`);
          edit.save();
        },
        run: async () => {
          await tools.run(['sh', '-c', byHand], build, floor.env);
          await hand.run(tools, `rmmod ${name} && insmod ${object}`);
        },
      },
      goal: { is: 'ratio', most: 1.25 },
    },
    {
      name: 'module: a save to the command, against make modules and a new VM',
      a: swapped,
      b: {
        label: 'make modules + bare QEMU',
        prepare: async () => { await ended(); await settled(); edit.save(); },
        run: async () => {
          await tools.run([...tools.make.argv, '-j', String(tools.jobs), 'modules'], tools.tree.source, tools.make.env);
          await tools.run(['sh', '-c', bare]);
        },
      },
      goal: { is: 'ratio', most: 0.2 },
    },
  ];
  if (other !== undefined) {
    comparisons.push({
      name: 'module: a save to the command, against one of what is built in',
      a: swapped,
      b: { ...other.toFirstByte, label: 'watch: link and boot', prepare: async () => { await ended(); await other.toFirstByte.prepare?.(); } },
      goal: { is: 'ratio', most: 0.35 },
    });
  }
  return {
    comparisons,
    absent: other === undefined ? [`a save of a module is not compared with one of what is built in: ${builtIn}.c is not`] : [],
    restore: async () => {
      await hand.end();
      await ended();
      await other?.ended();
      edit.restore();
      other?.edit.restore();
      await settled();
    },
  };
}
