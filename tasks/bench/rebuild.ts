/** An edit to vmlinux: kloop beside make, and beside the floor, which is the compiler and the link run bare. */
import { join } from 'node:path';
import type { Context } from '../commands/shared/context.ts';
import { buildPlace } from '../kernel/inputs/place.ts';
import { dependentsOf, type BuildIndex, type BuildDirs } from '../kernel/inputs/index-model.ts';
import { loadIndex } from '../kernel/inputs/index-store.ts';
import { bringUpHere } from './boot.ts';
import { editOf, measuredFiles, type Edit } from './edit.ts';
import { floorOf, floorScript, linkHere } from './floor.ts';
import type { Comparison, Side } from './pairs.ts';
import type { Part, Tools } from './tools.ts';

/**
 * kloop beside make. Each side begins with a build that is up to date by its
 * own reckoning, and a file saved after that.
 *
 * @param full also a header that hundreds of objects include
 */
export function rebuildComparisons(tools: Tools, full: boolean): Part {
  const { context, tree, make, jobs } = tools;
  const edits = new Map<string, Edit>();
  const edit = (file: string) => {
    const known = edits.get(file) ?? editOf(join(tree.source, file));
    edits.set(file, known);
    return known;
  };
  const settled = () => tools.kloop('kernel', '--no-image');
  const byMake = (goal: string) => () => tools.run([...make.argv, '-j', String(jobs), goal], tree.source, make.env);
  const side = (label: string, file: string, run: Side['run'], up: () => Promise<void>): Side => ({ label, run, prepare: async () => { await up(); edit(file).save(); } });
  const against = (name: string, file: string, goal: string, most: number, run: () => Promise<void> = settled): Comparison => ({
    name,
    a: side('kloop', file, run, run),
    b: side(`make ${goal}`, file, byMake(goal), byMake(goal)),
    goal: { is: 'ratio', most },
  });

  const { source, header } = measuredFiles(tree.build);
  const comparisons: Comparison[] = [
    against('one source edited, to vmlinux', source, 'vmlinux', 0.35),
    against('one source edited, to what is booted', source, 'bzImage', 0.3),
    // What a kernel without a PVH entry boots (before 5.0).
    against('one source edited, to a bzImage', source, 'bzImage', 0.75, () => tools.kloop('kernel')),
    against('a header of a dozen users edited', header, 'vmlinux', 0.5),
  ];
  const absent: string[] = [];
  const floor = floorOf(tools, source);
  if (typeof floor === 'string') absent.push(`not compared with the floor: ${floor}`);
  else {
    comparisons.push({
      name: 'one source edited, in a running kloop',
      a: side('kloop', source, () => bringUpHere(tools), settled),
      b: side('gcc + link, bare', source, () => tools.run(['sh', '-c', floorScript(floor)], tree.build, floor.env), settled),
      goal: { is: 'ratio', most: 0.7 },
    });
    const compiled = async () => {
      await settled();
      edit(source).save();
      await tools.run(['sh', '-c', floor.compile], tree.build, floor.env);
    };
    comparisons.push({
      name: 'one source edited, the link alone',
      a: { label: 'kloop', prepare: compiled, run: () => linkHere(tools, floor) },
      b: { label: "the same steps, in make's order", prepare: compiled, run: () => tools.run(['sh', '-c', floor.link], tree.build, floor.env) },
      goal: { is: 'ratio', most: 0.45 },
    });
  }
  if (full) comparisons.push({ ...against('a header of hundreds of users edited', wideHeader(context, tree) ?? 'include/net/sock.h', 'vmlinux', 0.7), once: true });
  return {
    comparisons,
    absent,
    restore: async () => {
      for (const one of edits.values()) one.restore();
      await settled();
    },
  };
}

/** A header that more than 500 objects include; on 6.1 and kernel.config socket.h has 518 users. */
function wideHeader(context: Context, tree: BuildDirs): string | undefined {
  const index = loadIndex(buildPlace(context.settings.stateDir, tree).index, tree);
  const users = (file: string) => (index === undefined ? 0 : usersOf(index, join(tree.source, file)));
  return ['include/linux/socket.h', 'include/linux/fs.h', 'include/linux/mm.h', 'include/linux/sched.h'].find((file) => users(file) > 500);
}

function usersOf(index: BuildIndex, path: string): number {
  return dependentsOf(index, new Set([path])).length;
}
