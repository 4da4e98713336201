/** An edit to vmlinux: kloop beside make, and beside the floor, which is the compiler and the link run bare. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../commands/shared/context.ts';
import { cmdPathOf, parseCmdFile, shellCommand } from '../kernel/inputs/cmd-file.ts';
import { buildPlace } from '../kernel/inputs/place.ts';
import { dependentsOf, type BuildIndex, type BuildDirs } from '../kernel/inputs/index-model.ts';
import { loadIndex } from '../kernel/inputs/index-store.ts';
import { linkScript } from '../kernel/quick/link.ts';
import type { LinkEnvironment } from '../kernel/quick/link-environment.ts';
import { decide } from '../kernel/quick/decide.ts';
import { quickFacts } from '../kernel/quick/facts.ts';
import { bringUpHere } from './boot.ts';
import { editOf, measuredFiles, type Edit } from './edit.ts';
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
    against('one source edited, to vmlinux', source, 'vmlinux', 0.55),
    against('one source edited, to what is booted', source, 'bzImage', 0.45),
    // What a kernel without a PVH entry boots (before 5.0).
    against('one source edited, to a bzImage', source, 'bzImage', 0.75, () => tools.kloop('kernel')),
    against('a header of a dozen users edited', header, 'vmlinux', 0.75),
  ];
  const absent: string[] = [];
  const floor = floorScript(tools, source);
  if (typeof floor === 'string') absent.push(`not compared with the floor: ${floor}`);
  else {
    comparisons.push({
      name: 'one source edited, in a running kloop',
      a: side('kloop', source, () => bringUpHere(tools), settled),
      b: side('gcc + link, bare', source, () => tools.run(['sh', '-c', floor.script], tree.build, floor.env), settled),
      goal: { is: 'ratio', most: 1.15 },
    });
  }
  if (full) comparisons.push(against('a header of hundreds of users edited', wideHeader(context, tree) ?? 'include/net/sock.h', 'vmlinux', 1));
  return {
    comparisons,
    absent,
    restore: async () => {
      for (const one of edits.values()) one.restore();
      await settled();
    },
  };
}

/** The compiler's saved command and the link, and nothing else; or, in words, why there is none. */
export function floorScript({ context, tree }: Tools, source: string): { script: string; env: Record<string, string> } | string {
  const place = buildPlace(context.settings.stateDir, tree);
  const index = loadIndex(place.index, tree);
  if (index === undefined) return 'there is no index of the build';
  try {
    const { exported } = JSON.parse(readFileSync(place.environment, 'utf8')) as LinkEnvironment;
    const path = join(tree.source, source);
    const decision = decide([{ kind: 'edited', path, before: { mtimeMs: 0, size: 0 }, now: { mtimeMs: 1, size: 0 } }], index, quickFacts(index, exported, new Set([path])));
    if (decision.kind === 'make') return decision.why;
    const saved = parseCmdFile(readFileSync(join(tree.build, cmdPathOf(source.replace(/\.c$/, '.o'))), 'utf8'));
    const link = linkScript({ index, archives: decision.archives, form: decision.link });
    if (typeof saved === 'string' || link === undefined) return 'a saved command cannot be read';
    return { script: `set -e\n${shellCommand(saved.command)}\n${link}`, env: exported };
  } catch {
    return 'what the top makefile exports is not known';
  }
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
