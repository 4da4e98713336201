/** What a lab's paths are like now: a file beside their sockets, for other kloops. */
import { join } from 'node:path';
import { textOf, writeWhole } from '../../host/files.ts';
import { takeLock } from '../../host/lock.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import type { PathState } from '../state.ts';

const fileIn = (dir: string) => join(dir, 'paths.json');

export function writeState(dir: string, states: readonly PathState[]): Failure | undefined {
  const written = writeWhole(fileIn(dir), `${JSON.stringify(states)}\n`, 0o600);
  return isFailure(written) ? written : undefined;
}

/** `[]` where the lab is no more. */
export const readState = (dir: string): PathState[] => JSON.parse(textOf(fileIn(dir)) ?? '[]') as PathState[];

/** Changes it with nobody else doing so meanwhile. */
export async function withState<T>(dir: string, change: (states: readonly PathState[]) => Promise<Result<{ readonly states: readonly PathState[]; readonly value: T }>>): Promise<Result<T>> {
  const lock = await takeLock({ name: `paths:${dir}`, holder: `kloop path (pid ${process.pid})` });
  try {
    const made = await change(readState(dir));
    if (isFailure(made)) return made;
    return writeState(dir, made.states) ?? made.value;
  } finally {
    await lock?.release();
  }
}
