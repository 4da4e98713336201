/** The index of a build: which target is made from which files. One reader of `.cmd` files serves `plan`, `watch` and the quick build. Pure. */
import { isAbsolute, join, normalize } from 'node:path';
import type { CmdFile } from './cmd-file.ts';

/** Where a kernel is built. Absolute; the same twice where it is built in its tree. */
export interface BuildDirs {
  readonly source: string;
  readonly build: string;
}

/** A `.cmd` file as it lay on the disk. */
export interface CmdStamp {
  readonly path: string;
  readonly mtimeMs: number;
  readonly size: number;
}

/** One `.cmd` file, indexed. Files are numbers into `BuildIndex.files`. */
export interface IndexEntry extends CmdStamp {
  /** The target's number; -1 where the file is broken or none of Kbuild's. */
  readonly target: number;
  /** The number of what was compiled; -1 where nothing was traced. */
  readonly source: number;
  /** The files that it depends on: traced, or named by the command. */
  readonly deps: Uint16Array | Uint32Array;
  readonly broken: boolean;
}

export interface BuildIndex {
  readonly tree: BuildDirs;
  /** Absolute paths. */
  readonly files: readonly string[];
  readonly entries: readonly IndexEntry[];
}

/** Gives numbers to paths. What is written in a `.cmd` file is resolved once for each way of writing it. */
export class Interner {
  readonly files: string[];
  readonly #build: string;
  readonly #byPath: Map<string, number>;
  readonly #raw = new Map<string, number>();

  constructor(build: string, files: readonly string[] = []) {
    this.#build = build;
    this.files = [...files];
    this.#byPath = new Map(files.map((file, i) => [file, i]));
  }

  number(raw: string): number {
    const known = this.#raw.get(raw);
    if (known !== undefined) return known;
    const path = isAbsolute(raw) ? normalize(raw) : join(this.#build, raw);
    let number = this.#byPath.get(path);
    if (number === undefined) {
      number = this.files.push(path) - 1;
      this.#byPath.set(path, number);
    }
    this.#raw.set(raw, number);
    return number;
  }
}

/** One parsed `.cmd` file as an entry; `words` are the files its command names, where nothing was traced. */
export function entryOf(stamp: CmdStamp, parsed: CmdFile | 'broken' | 'foreign', words: readonly string[], interner: Interner): IndexEntry {
  if (parsed === 'broken' || parsed === 'foreign') {
    return { ...stamp, target: -1, source: -1, deps: new Uint32Array(), broken: parsed === 'broken' };
  }
  const dependencies = new Set<number>();
  const target = interner.number(parsed.target);
  const source = parsed.source === undefined ? -1 : interner.number(parsed.source);
  if (source >= 0) dependencies.add(source);
  for (const dep of parsed.deps) dependencies.add(interner.number(dep));
  for (const word of words) dependencies.add(interner.number(word));
  dependencies.delete(target);
  return { ...stamp, target, source, deps: Uint32Array.from(dependencies), broken: false };
}

/** The entries that depend on any of these files, directly. `among`: fewer than all. */
export function dependentsOf(index: BuildIndex, paths: ReadonlySet<string>, among = index.entries): IndexEntry[] {
  const wanted = new Uint8Array(index.files.length);
  let some = false;
  index.files.forEach((file, i) => { if (paths.has(file)) { wanted[i] = 1; some = true; } });
  if (!some) return [];
  return among.filter((entry) => {
    for (const dep of entry.deps) if (wanted[dep] === 1) return true;
    return false;
  });
}

/** Whether a path lies in a directory, or is it. */
export function isUnder(path: string, dir: string): boolean {
  return path === dir || (path.startsWith(dir) && path[dir.length] === '/');
}
