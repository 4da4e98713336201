/** Boots: kloop beside the QEMU command line that it prints, and what the guest does before the command. */
import { isFailure } from '../report/failure.ts';
import type { Comparison } from './pairs.ts';
import type { Tools } from './tools.ts';

/** The shell line that `--dry-run` prints: what a boot takes with nothing around it. */
export async function bareLine(tools: Tools, ...command: string[]): Promise<string> {
  return tools.capture(tools.kloopArgv('vm', '--dry-run', '--', ...command));
}

export async function bootComparisons(tools: Tools): Promise<Comparison[]> {
  const bare = await bareLine(tools, 'true');
  // Both clocks are the guest's, in seconds since its start.
  let handedOverAt = 0;
  const commandAt = async () => {
    const said = await tools.capture(tools.kloopArgv('vm', '--', 'sh', '-c', "cut -d' ' -f1 /proc/uptime; dmesg"));
    const init = /^\[\s*([\d.]+)\] Run \/\S+ as init process/m.exec(said)?.[1];
    if (init === undefined) throw new Error('this kernel does not log when it hands over to init');
    handedOverAt = Number(init);
    return Number(said.slice(0, said.indexOf('\n')));
  };
  return [
    {
      name: 'vm -- true, all fresh',
      a: { label: 'npm run vm', run: () => tools.run(['npm', 'run', '--silent', 'vm', '--', '--', 'true']) },
      b: { label: 'the bare QEMU line', run: () => tools.run(['sh', '-c', bare]) },
      goal: { is: 'ratio', most: 2.5 },
    },
    {
      name: "from the kernel's hand-over to the command, guest time",
      a: { label: 'command', run: commandAt },
      b: { label: 'hand-over', run: () => Promise.resolve(handedOverAt) },
      goal: { is: 'beside', most: /accel[ =]tcg/.test(bare) ? 0.3 : 0.15 },
    },
  ];
}

/** What kloop does where nothing is to be done. */
export function idleComparisons(tools: Tools): Comparison[] {
  return [
    {
      name: 'plan, all fresh',
      a: { label: 'kloop plan', run: () => tools.kloop('plan') },
      b: { label: 'make', run: () => tools.run(tools.make.argv, tools.tree.source, tools.make.env) },
      goal: { is: 'ratio', most: 0.25 },
    },
    {
      name: 'kernel, nothing to do, against starting node',
      a: { label: 'kloop kernel', run: () => tools.kloop('kernel', '--no-image') },
      b: { label: 'node -e 0', run: () => tools.run([process.execPath, '-e', '0']) },
      goal: { is: 'beside', most: 0.1 },
    },
  ];
}

/** Brings the kernel up in this process: what a running `watch` does. */
export async function bringUpHere(tools: Tools): Promise<void> {
  const up = await tools.context.bringUp(['kernel']);
  if (isFailure(up)) throw new Error(up.words.what);
}
