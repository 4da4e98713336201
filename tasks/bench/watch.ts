/** The loop: from a save to the command's first byte in the new kernel, and what it costs to be ready for one. */
import { memoryMib, processorMs } from '../host/processes/usage.ts';
import { bareLine } from './boot.ts';
import { saves } from './loop.ts';
import { measuredFiles } from './edit.ts';
import type { Comparison } from './pairs.ts';
import { floorOf, floorScript } from './floor.ts';
import type { Part, Tools } from './tools.ts';
import { findVirtmeNg } from './virtme-ng.ts';

export async function watchComparisons(tools: Tools): Promise<Part> {
  const { source } = measuredFiles(tools.tree.build);
  const { edit, loop, run, ended, settled, toFirstByte } = saves(tools, source);
  const bare = await bareLine(tools, 'true');
  const floor = floorOf(tools, source);

  const byHand = async (build: () => Promise<void>) => {
    await build();
    await tools.run(['sh', '-c', bare]);
  };
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
          const { run: made, at } = watch.runs[0] ?? { run: { verdict: 'lost' }, at: 0 };
          const bootedFrom = at - (made.bootMs ?? 0) - (made.commandMs ?? 0);
          return Math.max(0, (watch.watchingAt ?? Number.NaN) - bootedFrom) / 1000;
        },
      },
      goal: { is: 'alone', most: 1 },
    },
    {
      name: "watch: a save to the build's start",
      a: { label: 'watch', prepare: async () => { await loop(); }, run: async () => (await run()).toBuild },
      goal: { is: 'alone', most: 0.15 },
    },
    {
      name: 'watch: a save to the command, against make and a bare boot',
      a: toFirstByte,
      b: { label: 'make vmlinux + bare QEMU', prepare: async () => { await ended(); await make(); edit.save(); }, run: () => byHand(make) },
      goal: { is: 'beside', most: 0.4 },
    },
    {
      name: 'watch: memory after some runs',
      unit: 'MiB',
      a: { label: 'watch', prepare: async () => { await run(); await rest(1); }, run: async () => memoryMib((await loop()).pid) },
      goal: { is: 'alone', most: 120 },
    },
    {
      name: 'watch: processor time when idle',
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
    const build = () => tools.run(['sh', '-c', floorScript(floor)], tools.tree.build, floor.env);
    comparisons.push({
      name: 'watch: a save to the command, against its floor',
      a: toFirstByte,
      b: { label: 'gcc + link + bare QEMU', prepare: async () => { await ended(); await settled(); edit.save(); }, run: () => byHand(build) },
      goal: { is: 'ratio', most: 0.6 },
    });
  }
  const vng = findVirtmeNg(bare);
  if (typeof vng === 'string') absent.push(`not compared with virtme-ng: ${vng}`);
  else {
    const makeImage = () => tools.run([...tools.make.argv, '-j', String(tools.jobs), 'bzImage'], tools.tree.source, tools.make.env);
    comparisons.push({
      name: 'watch: a save to the command, against make and virtme-ng',
      a: toFirstByte,
      b: {
        label: 'make bzImage && vng',
        prepare: async () => { await ended(); await makeImage(); edit.save(); },
        run: async () => { await makeImage(); await vng.boot(tools, tools.tree); },
      },
      goal: { is: 'ratio', most: 0.2 },
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
