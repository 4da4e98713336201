/** Reads `.cmd` files into the index, and keeps it between runs: only what changed is parsed again. */
import { existsSync, readdirSync, readFileSync, statSync, type Dirent } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { deserialize, serialize } from 'node:v8';
import { stateOf, textOf, writeWhole } from '../../host/files.ts';
import { sealed, unsealed } from '../../host/sealed.ts';
import type { Result } from '../../report/failure.ts';
import { parseCmdFile, wordsOf } from './cmd-file.ts';
import { isTool, wholeNames } from './tool-names.ts';
import { entryOf, Interner, type BuildIndex, type CmdStamp, type IndexEntry, type BuildDirs } from './index-model.ts';

const version = 6;

/** Directories of a source tree that no kernel is built from. (samples/ is built where CONFIG_SAMPLES asks for it.) */
const notBuilt = new Set(['.git', 'Documentation', 'LICENSES', 'tools/testing']);

/**
 * The `.cmd` files of a build. `dirs`: look in these only, and not below
 * them, where it is known that no other directory got one.
 */
export function findCmdFiles(tree: BuildDirs, dirs?: Iterable<string>): CmdStamp[] {
  const found: CmdStamp[] = [];
  const look = (dir: string, deep: boolean) => {
    let names: Dirent[];
    try {
      names = readdirSync(dir, { withFileTypes: true });
    } catch {
      return; // removed meanwhile, or none of ours to read
    }
    for (const entry of names) {
      if (entry.isDirectory()) {
        const below = join(dir, entry.name);
        if (deep && !notBuilt.has(below.slice(tree.build.length + 1))) look(below, true);
      } else if (entry.name.endsWith('.cmd') && entry.name.startsWith('.') && entry.isFile()) {
        const path = `${dir}/${entry.name}`;
        const stat = statSync(path, { throwIfNoEntry: false });
        if (stat !== undefined) found.push({ path, mtimeMs: stat.mtimeMs, size: stat.size });
      }
    }
  };
  if (dirs === undefined) look(tree.build, true);
  else for (const dir of dirs) look(dir, false);
  return found;
}

/** The same, where only the commands of some entries have run since. */
export function stampsAgain(stamps: readonly CmdStamp[], ran: readonly IndexEntry[]): CmdStamp[] {
  const paths = new Set(ran.map(({ path }) => path));
  return stamps.flatMap((stamp) => {
    if (!paths.has(stamp.path)) return [stamp];
    const state = stateOf(stamp.path);
    return state === undefined ? [] : [{ path: stamp.path, ...state }];
  });
}

/** The directories in which a build's `.cmd` files lie. */
export function cmdDirs(index: BuildIndex): Set<string> {
  return new Set(index.entries.map((entry) => dirname(entry.path)));
}

/** Directories below tools/ in which nothing of a kernel's build is made. */
const noTools = new Set(['testing', 'perf', 'Documentation']);

/** The directories below tools/ in which a make may run: those with a makefile. */
function toolDirs(source: string): string[] {
  const found: string[] = [];
  const look = (dir: string) => {
    let names: Dirent[];
    try {
      names = readdirSync(dir, { withFileTypes: true });
    } catch {
      return; // a tree without tools/
    }
    if (names.some((entry) => entry.name === 'Makefile')) found.push(dir);
    for (const entry of names) if (entry.isDirectory() && !noTools.has(entry.name)) look(join(dir, entry.name));
  };
  look(join(source, 'tools'));
  return found;
}

/** Brings an index up to date with the `.cmd` files as they are; without one, reads them all (0.5 s for 1,600). */
export async function refreshIndex(tree: BuildDirs, old: BuildIndex | undefined, stamps: readonly CmdStamp[]): Promise<BuildIndex> {
  const usable = old !== undefined && old.tree.build === tree.build && old.tree.source === tree.source ? old : undefined;
  const interner = new Interner(tree.build, usable?.files);
  const known = new Map<string, IndexEntry>(usable?.entries.map((entry) => [entry.path, entry]));
  const entries: IndexEntry[] = [];
  let dirsOfTools: string[] | undefined;
  let changed = usable === undefined || usable.entries.length !== stamps.length;
  const entryNow = (stamp: CmdStamp): IndexEntry => {
    const entry = known.get(stamp.path);
    if (entry !== undefined && entry.mtimeMs === stamp.mtimeMs && entry.size === stamp.size) return entry;
    changed = true;
    // Read at once, not by a promise: 1,900 buffers of 30 KB would lie in memory until the next collection of garbage, and leave it in pieces.
    const text = textOf(stamp.path);
    const said = text === undefined ? 'broken' : parseCmdFile(text);
    const parsed = typeof said === 'object' && isTool(stamp.path, tree) ? wholeNames(said, tree, dirsOfTools ??= toolDirs(tree.source), existsSync) : said;
    const words = typeof parsed === 'object' && parsed.source === undefined ? wordsOf(parsed.command) : [];
    return entryOf(stamp, parsed, words, interner);
  };
  for (const [i, stamp] of stamps.entries()) {
    // Keys and signals have their turn meanwhile.
    if (i % 64 === 63) await setImmediate();
    entries.push(entryNow(stamp));
  }
  return usable !== undefined && !changed ? usable : { tree, files: interner.files, entries };
}

/** What `saveIndex` wrote, or `undefined` where there is none for this tree that can be read. */
export function loadIndex(path: string, tree: BuildDirs): BuildIndex | undefined {
  try {
    const stored = deserialize(unsealed(readFileSync(path))) as { version: number; tree: BuildDirs; files: string[]; paths: string[]; numbers: Float64Array; deps: IndexEntry['deps'] };
    if (stored.version !== version || stored.tree.build !== tree.build || stored.tree.source !== tree.source) return undefined;
    const { numbers, deps } = stored;
    let at = 0;
    const entries = stored.paths.map((entryPath, i): IndexEntry => {
      const [mtimeMs, size, target, source, broken, length] = numbers.subarray(i * 6, i * 6 + 6) as unknown as [number, number, number, number, number, number];
      return { path: entryPath, mtimeMs, size, target, source, broken: broken === 1, deps: deps.subarray(at, at += length) };
    });
    return { tree: stored.tree, files: stored.files, entries };
  } catch {
    return undefined; // none, damaged, or of another Node: it is made again
  }
}

export function saveIndex(path: string, index: BuildIndex): Result<void> {
  const numbers = new Float64Array(index.entries.length * 6);
  // Most kernels have few enough files for the half of it.
  const deps = new (index.files.length < 0x10000 ? Uint16Array : Uint32Array)(index.entries.reduce((sum, entry) => sum + entry.deps.length, 0));
  let at = 0;
  index.entries.forEach((entry, i) => {
    numbers.set([entry.mtimeMs, entry.size, entry.target, entry.source, entry.broken ? 1 : 0, entry.deps.length], i * 6);
    deps.set(entry.deps, at);
    at += entry.deps.length;
  });
  return writeWhole(path, sealed(serialize({ version, tree: index.tree, files: index.files, paths: index.entries.map((entry) => entry.path), numbers, deps })));
}
