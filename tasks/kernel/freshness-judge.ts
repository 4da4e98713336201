/** Compares the inputs of a kernel with what they were. Pure. */
import type { StaleReason } from '../graph/target.ts';

/** A file's time and size: what tells one state of it from another, an older one put back with its old time included. */
export interface FileState {
  readonly mtimeMs: number;
  readonly size: number;
}

/** The inputs as a finished build read them. */
export interface Snapshot {
  /** When the build started, in ms by the file system's clock. */
  readonly startedMs: number;
  readonly outputs: ReadonlyMap<string, FileState>;
  readonly inputs: ReadonlyMap<string, FileState>;
  /** Inputs that changed while the build ran: nobody can tell which state it read. */
  readonly unsure: ReadonlySet<string>;
  readonly dirs: ReadonlyMap<string, DirState>;
  /** The commit that the tree's version names; `undefined` where it names none. */
  readonly commit: string | undefined;
}

export interface DirState {
  /** Where it is unchanged, so are the names; 0 where the names have to be compared in any case. */
  readonly mtimeMs: number;
  readonly names: readonly string[];
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
  | { kind: 'commit' };

/** All differences between a build's inputs and the present. */
export function changesSince(snapshot: Snapshot, present: Present): Change[] {
  const changes: Change[] = [];
  for (const [path, before] of snapshot.outputs) {
    const now = present.stat(path);
    if (now === undefined || !same(before, now)) changes.push({ kind: 'output', path, missing: now === undefined });
  }
  const missing = new Set<string>();
  for (const [path, before] of snapshot.inputs) {
    const now = present.stat(path);
    if (now === undefined) {
      missing.add(path);
      changes.push({ kind: 'missing', path });
    } else if (!same(before, now)) changes.push({ kind: 'edited', path, before, now });
    else if (snapshot.unsure.has(path)) changes.push({ kind: 'unsure', path, now });
  }
  for (const [dir, before] of snapshot.dirs) {
    if (before.mtimeMs !== 0 && present.stat(dir)?.mtimeMs === before.mtimeMs) continue;
    changes.push(...nameChanges(dir, before.names, present.names(dir)).filter((change) => !(change.kind === 'missing' && missing.has(change.path))));
  }
  if (snapshot.commit !== present.commit()) changes.push({ kind: 'commit' });
  return changes;
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

/** The change that a person is told of first: what was saved last, among those of the weightiest kind. */
export function reasonOf(changes: readonly Change[], startedMs: number): StaleReason | undefined {
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
      ? { kind: 'input-newer', path: newest.path, byMs: newest.mtimeMs - startedMs }
      : { kind: 'input-changed', path: newest.path };
  }
  if (output !== undefined) return { kind: 'state', words: `${output.path} was changed by something other than kloop` };
  if (first('commit') !== undefined) return { kind: 'state', words: 'another commit is checked out, and the kernel names it in its version' };
  return undefined;
}
