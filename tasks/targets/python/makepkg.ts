/** What makepkg is told, and what it says. Pure. */

/** Where makepkg works: its own variables, which win over makepkg.conf. */
export interface MakepkgDirectories {
  readonly build: string;
  readonly packages: string;
  readonly sources: string;
}

export function makepkgEnv(directories: MakepkgDirectories): Record<string, string> {
  return { BUILDDIR: directories.build, PKGDEST: directories.packages, SRCDEST: directories.sources, LC_ALL: 'C.UTF-8' };
}

/**
 * The two steps of `makepkg -s --skippgpcheck --nocheck`: the first brings
 * what building needs (it may ask for a password) and checks the sources; the
 * second builds, for minutes, and asks nothing.
 *
 * Only Arch has the packages that `-s` would install; elsewhere the configure
 * script finds out what is there.
 */
export function makepkgSteps(onArch: boolean): { fetch: string[]; build: string[] } {
  const needs = onArch ? ['--syncdeps', '--noconfirm'] : ['--nodeps'];
  return {
    // --force: it would not even look where a package has been built before.
    fetch: ['makepkg', '--verifysource', '--force', ...needs, '--skippgpcheck', '--nocolor'],
    build: ['makepkg', ...needs, '--skippgpcheck', '--nocheck', '--nocolor', '--force', '--cleanbuild'],
  };
}

/** Why makepkg failed, as far as its output tells. */
export type MakepkgTrouble =
  | { kind: 'checksum'; file: string }
  | { kind: 'download'; url: string }
  | { kind: 'no-write'; dir: string }
  | { kind: 'patch' }
  | { kind: 'dependencies'; names: string }
  | { kind: 'step'; step: string }
  | { kind: 'other' };

/** The lines are those of makepkg 6.0.2, tried out in the tests. */
export function makepkgTrouble(output: string): MakepkgTrouble {
  const checksum = /^\s*(\S+) \.\.\. FAILED/m.exec(output);
  if (checksum !== null) return { kind: 'checksum', file: checksum[1] ?? '' };
  const download = /Failure while downloading (\S+)/.exec(output);
  if (download !== null) return { kind: 'download', url: download[1] ?? '' };
  const noWrite = /do not have write permission (?:for the directory|to store \w+ in) (?:\$\w+ \()?([^)\n]+?)\)?\.?$/m.exec(output);
  if (noWrite !== null) return { kind: 'no-write', dir: noWrite[1] ?? '' };
  const missing = /Missing dependencies:\s*\n((?:\s*->.*\n?)+)/.exec(output);
  if (missing !== null) return { kind: 'dependencies', names: (missing[1] ?? '').replaceAll(/\s*->\s*/g, ' ').trim() };
  const step = /A failure occurred in (\w+)\(\)/.exec(output)?.[1];
  if (step === 'prepare' && /Hunk #\d+ FAILED|can't find file to patch|malformed patch|Reversed \(or previously applied\)/.test(output)) return { kind: 'patch' };
  return step === undefined ? { kind: 'other' } : { kind: 'step', step };
}

/** Whether a file in PKGDEST is a package: `.pkg.tar`, with whatever compression's ending, and no signature. */
export function isPackageFile(name: string): boolean {
  return /\.pkg\.tar(\.(?!sig$)\w+)?$/.test(name);
}

/** Lines without curl's progress meter, which makepkg's downloads draw over and over, and its retries. */
export function withoutMeter(lines: readonly string[]): string[] {
  const told = lines.map((line) => line.replace(/^.*(?:--:--:--|\d:\d\d:\d\d)\s+[\d.]+[kMG]?/, '').replace(/^.*\r/, '').trimEnd())
    .filter((line) => line !== '' && !/^\s*(% Total|Dload)|^Warning: Problem .*Will retry/.test(line));
  return told.filter((line, i) => line !== told[i - 1]);
}
