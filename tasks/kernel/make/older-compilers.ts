/** Which of several compilers suits a tree: by the dates at which both came out. Pure. */
import { isOlder, type KernelVersion } from '../source/tree.ts';

/** The first version of Linux that came out after a major version of gcc, by the dates of both. */
const firstAfterGcc: Readonly<Record<number, readonly [major: number, minor: number]>> = {
  5: [4, 1], 6: [4, 6], 7: [4, 12], 8: [4, 17], 9: [5, 1], 10: [5, 7], 11: [5, 12], 12: [5, 18], 13: [6, 3], 14: [6, 9], 15: [6, 15],
};

/** The same of clang (LLVM's release notes have the dates). */
const firstAfterClang: Readonly<Record<number, readonly [major: number, minor: number]>> = {
  11: [5, 10], 12: [5, 12], 13: [5, 15], 14: [5, 18], 15: [6, 0], 16: [6, 3], 17: [6, 6], 18: [6, 8], 19: [6, 12], 20: [6, 14],
};

/** Documentation/process/changes.rst names clang from 5.9 on. */
const firstWithClang = [5, 9] as const;

/** The names that distributions install older compilers by: 'gcc-11' (Debian, Ubuntu, Arch), 'clang-14' (Debian, Ubuntu). */
export const olderNames: readonly string[] = [
  ...Object.keys(firstAfterGcc).map((major) => `gcc-${major}`), ...Object.keys(firstAfterClang).map((major) => `clang-${major}`),
];

/** Whether gcc of this version came out after the tree's version of Linux. */
export function isNewerThan(gccMajor: number, version: KernelVersion): boolean {
  const first = firstAfterGcc[gccMajor];
  return gccMajor > 15 || (first !== undefined && isOlder(version, ...first));
}

/**
 * The compiler for a tree that is older than the gcc at hand: the newest of the
 * installed ones that is not newer than the tree; else the oldest gcc, which is
 * nearest to it.
 *
 * @param gcc the major version at hand
 * @param installed those of `olderNames` that there are
 * @returns its name; `undefined` where the one at hand is the best there is
 */
export function olderCompiler(gcc: number, version: KernelVersion, installed: readonly string[]): string | undefined {
  if (!isNewerThan(gcc, version)) return undefined;
  const major = (name: string) => Number(name.split('-')[1]);
  const gccs = installed.filter((name) => name.startsWith('gcc-') && major(name) < gcc).sort((a, b) => major(b) - major(a));
  const clangs = installed.filter((name) => name.startsWith('clang-')).sort((a, b) => major(b) - major(a));
  return gccs.find((name) => !isNewerThan(major(name), version))
    ?? (isOlder(version, ...firstWithClang) ? undefined : clangs.find((name) => !isOlder(version, ...(firstAfterClang[major(name)] ?? [99, 0]))))
    ?? gccs.at(-1);
}
