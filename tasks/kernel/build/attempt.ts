/**
 * What is known of a build that did not finish. It is written before make
 * starts, amended when make ends by itself with an error, and gone after a
 * success: where it is found unamended, the build was killed.
 */
import { rmSync } from 'node:fs';
import { readText, writeWhole, type FileState } from '../../host/files.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { same, type Change } from '../inputs/changes.ts';

export interface Attempt {
  /** When it started, in ms by the file system's clock. */
  readonly startedMs: number;
  /** What built: a quick build that was killed leaves less than make does. */
  readonly by: 'make' | 'quick';
  /** Whether all that it started came to its end, and left nothing half made. */
  readonly ended: boolean;
  readonly recipe: string;
  /** The changed inputs as they were when it started: what it made after that came from these. */
  readonly states: Readonly<Record<string, FileState>>;
}

/** A build of which nothing is known but that there was one: all that may be half made is looked at. */
const unknown: Attempt = { startedMs: 0, by: 'make', ended: false, recipe: '', states: {} };

export function readAttempt(path: string): Attempt | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  if (isFailure(text)) return unknown;
  try {
    const { startedMs, by, ended, recipe, states } = JSON.parse(text) as Partial<Attempt>; // of null it throws
    const whole = typeof startedMs === 'number' && (by === 'make' || by === 'quick') && typeof ended === 'boolean' && typeof recipe === 'string' && typeof states === 'object' && states !== null;
    return whole ? { startedMs, by, ended, recipe, states } : unknown;
  } catch {
    return unknown;
  }
}

export function writeAttempt(path: string, attempt: Attempt): Result<void> {
  return writeWhole(path, JSON.stringify(attempt));
}

export function forgetAttempt(path: string): void {
  rmSync(path, { force: true });
}

/** The states of changed inputs, to be kept with an attempt. */
export function statesOf(changes: readonly Change[]): Record<string, FileState> {
  const states: Record<string, FileState> = {};
  for (const change of changes) if (change.kind === 'edited' || change.kind === 'unsure') states[change.path] = change.now;
  return states;
}

/**
 * The changes since the last finished build, and those inputs that failed
 * attempts in between met in another state than they have now: what was made
 * of them then is still there, though they may be what they were at first.
 */
export function withAttempt(changes: readonly Change[], attempt: Attempt | undefined, stateOf: (path: string) => FileState | undefined): Change[] {
  const known = new Set(changes.flatMap((change) => ('path' in change ? [change.path] : [])));
  const more = Object.entries(attempt?.states ?? {}).flatMap(([path, before]): Change[] => {
    const now = known.has(path) ? undefined : stateOf(path);
    return now === undefined ? [] : [{ kind: 'edited', path, before, now }];
  });
  return [...changes, ...more];
}

/**
 * The changes that a failed attempt has not dealt with: without those inputs
 * that are as it found them, since what it made of them is good. `changedAt`
 * tells when a file last changed in any way (ctime), in ms.
 */
export function notDealtWith(changes: readonly Change[], attempt: Attempt | undefined, changedAt: (path: string) => number): Change[] {
  if (attempt === undefined) return [...changes];
  return changes.filter((change) => {
    if (change.kind !== 'edited' && change.kind !== 'unsure') return true;
    const before = attempt.states[change.path];
    return before === undefined || !same(before, change.now) || changedAt(change.path) >= attempt.startedMs;
  });
}
