/**
 * The inputs of the programs below tools/, by whole paths. tools/ has a build
 * system of its own, which notes paths as seen from the directory that its
 * make ran in: tools/objtool, tools/lib/subcmd, … No file says which that
 * was: it is one from which all of an object's relative paths lead to files. Pure.
 * (tools/build/Makefile.build and Build.include of 6.1)
 */
import { dirname, isAbsolute, join } from 'node:path';
import type { CmdFile } from './cmd-file.ts';
import { isUnder, type BuildDirs } from './index-model.ts';

export function isTool(path: string, { build }: Pick<BuildDirs, 'build'>): boolean {
  return isUnder(path, join(build, 'tools'));
}

/**
 * The same with whole paths.
 *
 * Directories above the object come first. Where several would do, the paths
 * from each count: an input too many costs a run of make, one too few a wrong
 * kernel. Where none does, a file has gone: the directory with the most of
 * them is it.
 */
export function wholeNames(parsed: CmdFile, tree: BuildDirs, dirs: readonly string[], exists: (path: string) => boolean): CmdFile {
  const names = [...(parsed.source === undefined ? [] : [parsed.source]), ...parsed.deps].filter((name) => !isAbsolute(name));
  if (names.length === 0) return parsed;
  const from = basesOf(names, above(parsed.target, tree), exists) ?? basesOf(names, dirs, exists) ?? best(names, dirs, exists);
  const whole = (name: string) => (isAbsolute(name) ? [name] : from.map((dir) => join(dir, name)));
  const [source, ...others] = parsed.source === undefined ? [] : whole(parsed.source);
  return { ...parsed, source, deps: [...others, ...parsed.deps.flatMap(whole)] };
}

function basesOf(names: readonly string[], dirs: readonly string[], exists: (path: string) => boolean): string[] | undefined {
  const found = dirs.filter((dir) => names.every((name) => exists(join(dir, name))));
  return found.length === 0 ? undefined : found;
}

function best(names: readonly string[], dirs: readonly string[], exists: (path: string) => boolean): string[] {
  const counted = dirs.map((dir) => ({ dir, count: names.filter((name) => exists(join(dir, name))).length }));
  const most = Math.max(0, ...counted.map(({ count }) => count));
  return counted.filter(({ count }) => count === most).map(({ dir }) => dir);
}

/** In the source, the directories from an object's own up to tools/. */
function above(target: string, { source, build }: BuildDirs): string[] {
  const dirs: string[] = [];
  const path = isAbsolute(target) ? target : join(build, target);
  for (let dir = dirname(path); isUnder(dir, join(build, 'tools')); dir = dirname(dir)) dirs.push(join(source, dir.slice(build.length)));
  return dirs;
}
