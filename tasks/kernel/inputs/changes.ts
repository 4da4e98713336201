/** Compares the inputs of a kernel with what they were. Pure. */
import { dirname } from 'node:path';
import { newerReason } from '../../graph/freshness.ts';
import type { StaleReason } from '../../graph/target.ts';
import type { FileState } from '../../host/files.ts';

/** The inputs as a finished build read them. */
export interface Snapshot {
  /** When the build started, in ms by the file system's clock. */
  readonly startedMs: number;
  readonly outputs: FileStates;
  readonly inputs: FileStates;
  /** What was made on the way: objects, archives, generated headers. make would make a missing or a changed one again. */
  readonly products: FileStates;
  /** Inputs that changed while the build ran: nobody can tell which state it read. */
  readonly unsure: ReadonlySet<string>;
  /** Files that something of this build was compiled from, and that were gone when it ended. */
  readonly absent: ReadonlySet<string>;
  readonly dirs: DirStates;
  /** The commit that the tree's version names; `undefined` where it names none. */
  readonly commit: string | undefined;
}

/** Files and their states, flat: thousands of small objects take longer to load than the files to look at. */
export interface FileStates {
  readonly paths: readonly string[];
  /** Time (ms) and size of each, in turn. */
  readonly numbers: Float64Array;
}

/** Directories and the names in them, flat as well. */
interface DirStates {
  readonly paths: readonly string[];
  /** In ms. Where it is unchanged, so are the names; 0 where the names have to be compared in any case. */
  readonly mtimes: Float64Array;
  /** The names in each, joined by `/`. */
  readonly names: readonly string[];
}

export function fileStates(states: ReadonlyMap<string, FileState>): FileStates {
  return { paths: [...states.keys()], numbers: Float64Array.from([...states.values()].flatMap(({ mtimeMs, size }) => [mtimeMs, size])) };
}

/** How the present is asked about. A test answers by hand. */
export interface Present {
  stat(path: string): FileState | undefined;
  /** The source-like names of a directory, sorted; empty where it is gone. */
  names(dir: string): readonly string[];
  commit(): string | undefined;
}

/** One difference between then and now. */
export type Change =
  | { kind: 'edited'; path: string; before: FileState; now: FileState }
  /** Changed while the last build ran. */
  | { kind: 'unsure'; path: string; now: FileState }
  | { kind: 'missing'; path: string }
  | { kind: 'added'; path: string }
  | { kind: 'output'; path: string; missing: boolean }
  /** Something that was made on the way is gone, or was changed by something other than kloop. */
  | { kind: 'product'; path: string; missing: boolean }
  | { kind: 'commit' };

/** All differences between a build's inputs and the present. */
export function changesSince(snapshot: Snapshot, present: Present): Change[] {
  const changes: Change[] = [];
  changed(snapshot.outputs, present, (path, _, now) => changes.push({ kind: 'output', path, missing: now === undefined }));
  const missing = new Set<string>();
  const edited = new Set<string>();
  changed(snapshot.inputs, present, (path, before, now) => {
    if (now === undefined) {
      missing.add(path);
      changes.push({ kind: 'missing', path });
    } else {
      edited.add(path);
      changes.push({ kind: 'edited', path, before, now });
    }
  });
  for (const path of snapshot.unsure) {
    const now = edited.has(path) || missing.has(path) ? undefined : present.stat(path);
    if (now !== undefined) changes.push({ kind: 'unsure', path, now });
  }
  changed(snapshot.products, present, (path, _, now) => changes.push({ kind: 'product', path, missing: now === undefined }));
  for (const path of snapshot.absent) if (present.stat(path) !== undefined) changes.push({ kind: 'added', path });
  const { paths, mtimes, names } = snapshot.dirs;
  paths.forEach((dir, i) => {
    if (mtimes[i] !== 0 && present.stat(dir)?.mtimeMs === mtimes[i]) return;
    const before = (names[i] ?? '').split('/').filter((name) => name !== '');
    changes.push(...nameChanges(dir, before, present.names(dir)).filter((change) => !('path' in change && (missing.has(change.path) || snapshot.absent.has(change.path)))));
  });
  if (snapshot.commit !== present.commit()) changes.push({ kind: 'commit' });
  return changes;
}

function changed({ paths, numbers }: FileStates, present: Present, tell: (path: string, before: FileState, now: FileState | undefined) => void): void {
  for (let i = 0; i < paths.length; i++) {
    const path = paths[i] as string;
    const now = present.stat(path);
    if (now !== undefined && now.mtimeMs === numbers[2 * i] && now.size === numbers[2 * i + 1]) continue;
    tell(path, { mtimeMs: numbers[2 * i] ?? 0, size: numbers[2 * i + 1] ?? 0 }, now);
  }
}

function nameChanges(dir: string, before: readonly string[], now: readonly string[]): Change[] {
  const had = new Set(before);
  const has = new Set(now);
  return [
    ...now.filter((name) => !had.has(name)).map((name): Change => ({ kind: 'added', path: `${dir}/${name}` })),
    ...before.filter((name) => !has.has(name)).map((name): Change => ({ kind: 'missing', path: `${dir}/${name}` })),
  ];
}

export function same(a: FileState, b: FileState): boolean {
  return a.mtimeMs === b.mtimeMs && a.size === b.size;
}

/**
 * The changes that came after a failed run had started: the others it has met,
 * and failed with them. `changedAt` tells when a file last changed in any way
 * (ctime), in ms: one that was put back has its old time. A file that is gone
 * has none; its directory has changed since the run ended.
 */
export function changedSinceFailure(changes: readonly Change[], run: { readonly startedMs: number; readonly failedMs: number }, changedAt: (path: string) => number): Change[] {
  return changes.filter((change) => {
    switch (change.kind) {
      case 'edited': case 'unsure': case 'added': return changedAt(change.path) >= run.startedMs;
      case 'missing': return changedAt(dirname(change.path)) >= run.failedMs;
      // The failed run itself removes what it has half made.
      case 'output': case 'product': case 'commit': return false;
    }
  });
}

/** The change that a person is told of first: what was saved last, among those of the weightiest kind. */
export function reasonOf(changes: readonly Change[], startedMs: number, nowMs: number): StaleReason | undefined {
  const first = <K extends Change['kind']>(kind: K) => changes.find((change): change is Extract<Change, { kind: K }> => change.kind === kind);
  const output = first('output');
  if (output?.missing) return { kind: 'output-missing', path: output.path };
  const gone = first('missing');
  if (gone !== undefined) return { kind: 'input-missing', path: gone.path };
  const added = first('added');
  if (added !== undefined) return { kind: 'input-added', path: added.path };
  let newest: { path: string; mtimeMs: number } | undefined;
  for (const change of changes) {
    if ((change.kind === 'edited' || change.kind === 'unsure') && (newest === undefined || change.now.mtimeMs > newest.mtimeMs)) {
      newest = { path: change.path, mtimeMs: change.now.mtimeMs };
    }
  }
  if (newest !== undefined) {
    return newest.mtimeMs >= startedMs
      ? newerReason(newest.path, newest.mtimeMs, startedMs, nowMs)
      : { kind: 'input-changed', path: newest.path };
  }
  const product = output ?? first('product');
  if (product !== undefined) return { kind: product.missing ? 'output-missing' : 'output-changed', path: product.path };
  if (first('commit') !== undefined) return { kind: 'state', words: "another commit is checked out, and the kernel's version includes it" };
  return undefined;
}
