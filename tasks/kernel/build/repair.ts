/**
 * What make cannot see by itself, and would build upon. Three things:
 *
 * - A build that was killed (SIGKILL) leaves half a file that is newer than
 *   its sources, beside the `.cmd` file of the one before. make deletes such
 *   files only where it is ended by a signal that it can catch.
 * - A `.cmd` file cut off in the middle: make would lose dependencies.
 * - A source put back with its old time (`cp -p`, `mv`), or saved while it was
 *   being compiled: older than the object that does not come from it.
 *
 * The remedy is the same: the made file goes, and make makes it again. With
 * them goes what tools that were killed have left under names of their own.
 */
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { parseCmdFile } from '../inputs/cmd-file.ts';
import type { Change } from '../inputs/changes.ts';
import { isGeneratedPath } from '../inputs/names.ts';
import { dependentsOf, type BuildIndex, type BuildDirs } from '../inputs/index-model.ts';

/**
 * The made files of an index that did not come from their inputs as these are
 * now, though their times say so. An input that was gone, and is there again,
 * may be another than it was.
 */
export function deceived(index: BuildIndex, changes: readonly Change[], timeOf: (path: string) => number | undefined): string[] {
  const times = new Map<string, number>();
  for (const change of changes) {
    if (change.kind === 'edited' || change.kind === 'unsure') times.set(change.path, change.now.mtimeMs);
    else if (change.kind === 'added') times.set(change.path, timeOf(change.path) ?? Infinity);
  }
  const found = new Set<string>();
  for (const entry of dependentsOf(index, new Set(times.keys()))) {
    const target = index.files[entry.target];
    const made = target === undefined ? undefined : timeOf(target);
    if (target === undefined || made === undefined) continue;
    for (const dep of entry.deps) if (made >= (times.get(index.files[dep] ?? '') ?? Infinity)) found.add(target);
  }
  return [...found];
}

/** Whether Kconfig's own files must be looked at again, though their times do not say so. */
export function configDeceived(tree: BuildDirs, changes: readonly Change[]): boolean {
  const made = statSync(join(tree.build, 'include/config/auto.conf'), { throwIfNoEntry: false })?.mtimeMs;
  return made !== undefined && changes.some((change) =>
    (change.kind === 'edited' || change.kind === 'unsure') && /(^|\/)(Kconfig[^/]*|\.config)$/.test(change.path) && change.now.mtimeMs <= made);
}

/** A file that make made, as a killed build left it. */
interface Leftover {
  readonly path: string;
  readonly mtimeMs: number;
  readonly size: number;
  /** Its `.cmd` file. */
  readonly cmd: { readonly mtimeMs: number; readonly whole: boolean } | undefined;
}

/**
 * Whether a file that was written since `sinceMs` may be half made. Kbuild
 * writes the `.cmd` file last: a whole one that is no older than its target
 * is the proof that the command came to its end. Where there is none, make
 * makes the target again by itself, except for what it makes without one.
 *
 * In trees before 5.14, and with recordmcount, objtool works on an object
 * after that: such objects are made again for safety.
 */
export function maybeHalf(file: Leftover, sinceMs: number, relative: string): boolean {
  if (file.cmd !== undefined) return !file.cmd.whole || (file.mtimeMs >= sinceMs && file.cmd.mtimeMs < file.mtimeMs);
  if (file.mtimeMs < sinceMs) return false;
  return isGeneratedPath(relative) && (file.size === 0 ? /^(include\/generated|arch\/[^/]+\/include\/generated)\//.test(relative) && relative.endsWith('.h') : /\.(asn1\.[ch]|lex\.c|tab\.[ch]|mod\.c)$/.test(relative));
}

const neverMade = new Set(['.git', 'Documentation', 'LICENSES', 'samples', 'testing']);

/** A thin archive of a whole kernel has 0.3 MB. Bytes. */
const largestArchive = 64 * 1024 * 1024;

/**
 * Removes the archives that a killed ar left unnamed in these directories: `st` and
 * six characters by mkstemp(3), renamed in the end. git would show them as the
 * user's, and `clean source` refuse for them.
 */
export function removeUnnamedArchives(dirs: Iterable<string>, sinceMs: number): void {
  for (const dir of dirs) {
    for (const name of existsSync(dir) ? readdirSync(dir) : []) if (isUnnamedArchive(join(dir, name), name, sinceMs)) rmSync(join(dir, name), { force: true });
  }
}

function isUnnamedArchive(path: string, name: string, sinceMs: number): boolean {
  if (!/^st[A-Za-z0-9]{6}$/.test(name)) return false;
  const stat = lstatSync(path, { throwIfNoEntry: false });
  // A user's own files seldom have mkstemp's mode.
  if (stat === undefined || !stat.isFile() || (stat.mode & 0o777) !== 0o600 || stat.uid !== process.getuid?.() || stat.mtimeMs < sinceMs) return false;
  // Empty: killed before it wrote.
  return stat.size === 0 || (stat.size < largestArchive && /^!<(?:arch|thin)>\n/.test(readFileSync(path, 'latin1')));
}

/**
 * Removes what a killed build may have left half made. A `.cmd` file that is
 * whole stays: it holds the command of the build before.
 *
 * @returns the made files that it removed
 */
export function removeHalfMade(tree: BuildDirs, sinceMs: number): string[] {
  const removed: string[] = [];
  const remove = (path: string) => {
    rmSync(path, { force: true });
    removed.push(path);
  };
  const look = (dir: string) => {
    let entries: Dirent[];
    try {
      entries = readdirSync(dir, { withFileTypes: true });
    } catch {
      return;
    }
    const names = new Set(entries.map((entry) => entry.name));
    for (const entry of entries) {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) {
        // Where Kbuild tries the compiler's options.
        if (dir === tree.build && /^\.tmp_\d+$/.test(entry.name) && lstatSync(path).mtimeMs >= sinceMs) rmSync(path, { recursive: true, force: true });
        else if (!neverMade.has(entry.name)) look(path);
        continue;
      }
      if (!entry.isFile()) continue;
      if (isUnnamedArchive(path, entry.name, sinceMs)) {
        rmSync(path, { force: true });
        continue;
      }
      const cmdName = `.${entry.name}.cmd`;
      if (!names.has(cmdName) && !isGeneratedPath(path.slice(tree.build.length + 1))) continue;
      const stat = lstatSync(path, { throwIfNoEntry: false });
      if (stat === undefined) continue;
      const cmd = names.has(cmdName) ? cmdState(join(dir, cmdName), sinceMs) : undefined;
      if (maybeHalf({ path, mtimeMs: stat.mtimeMs, size: stat.size, cmd }, sinceMs, path.slice(tree.build.length + 1))) {
        remove(path);
        if (cmd?.whole === false) rmSync(join(dir, cmdName), { force: true });
      }
    }
  };
  look(tree.build);
  return removed;
}

/** Only a `.cmd` file that was written since then can be cut off. */
function cmdState(path: string, sinceMs: number): Leftover['cmd'] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  return { mtimeMs: stat.mtimeMs, whole: stat.mtimeMs < sinceMs || parseCmdFile(readFileSync(path, 'utf8')) !== 'broken' };
}

/** Makes make look at Kconfig again. Without this file it does (the top Makefile of 4.1 to 6.12), and options that did not change cost nothing. */
export function forgetConfig(tree: BuildDirs): void {
  rmSync(join(tree.build, 'include/config/auto.conf.cmd'), { force: true });
}

/** Removes made files, so that make makes them again. */
export function removeMade(paths: readonly string[]): void {
  for (const path of paths) rmSync(path, { force: true });
}

