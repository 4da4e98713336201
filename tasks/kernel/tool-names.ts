/**
 * What feeds the programs below tools/, by whole paths. tools/ has a build
 * system of its own, which notes paths as seen from the directory that its
 * make ran in: tools/objtool, tools/lib/subcmd, … No file says which that
 * was: it is one from which all of an object's relative paths lead to files.
 * (tools/build/Makefile.build and Build.include, 4.1 to 6.18)
 */
import { readdirSync, type Dirent } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { CmdFile } from './cmd-file.ts';
import { isUnder, type KernelTree } from './index-model.ts';

/** Directories below tools/ in which nothing of a kernel's build is made. */
const notBuilt = new Set(['testing', 'perf', 'Documentation']);

/** The directories below tools/ in which a make may run: those with a makefile. */
export function toolDirs(source: string): string[] {
  const found: string[] = [];
  const look = (dir: string) => {
    let names: Dirent[];
    try {
      names = readdirSync(dir, { withFileTypes: true });
    } catch {
      return; // a tree without tools/
    }
    if (names.some((entry) => entry.name === 'Makefile')) found.push(dir);
    for (const entry of names) if (entry.isDirectory() && !notBuilt.has(entry.name)) look(join(dir, entry.name));
  };
  look(join(source, 'tools'));
  return found;
}

export function isTool(path: string, { build }: Pick<KernelTree, 'build'>): boolean {
  return isUnder(path, join(build, 'tools'));
}

/**
 * The same with whole paths. Pure, but for `exists`.
 *
 * Directories above the object come first. Where several would do, the paths
 * from each count: an input too many costs a run of make, one too few a wrong
 * kernel. Where none does, a file has gone: the directory with the most of
 * them is it.
 */
export function wholeNames(parsed: CmdFile, tree: KernelTree, dirs: readonly string[], exists: (path: string) => boolean): CmdFile {
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
function above(target: string, { source, build }: KernelTree): string[] {
  const dirs: string[] = [];
  const path = isAbsolute(target) ? target : join(build, target);
  for (let dir = dirname(path); isUnder(dir, join(build, 'tools')); dir = dirname(dir)) dirs.push(join(source, dir.slice(build.length)));
  return dirs;
}
