/** The steps of a bisect: both ends are tested first, then what git chooses, until one commit is left. */
import { isFailure, type Result } from '../report/failure.ts';
import type { Bisect } from './notes.ts';
import { historyFailure } from './reasons.ts';
import type { Next } from './steps.ts';
import type { Tested } from './tested.ts';

/** What the steps need from the outside. A test gives its own. */
interface BisectDoors {
  /** Builds and runs a commit. A failure is one of kloop's own: it says nothing of the commit. */
  test(commit: string): Promise<Result<Tested>>;
  next(bisect: Bisect): Promise<Result<Next>>;
  /** Keeps it, before the next step begins. */
  save(bisect: Bisect): Result<void>;
  /** Tells that a commit is tested now. */
  begins(commit: string, step: Begun): Promise<void>;
  ended(tested: Tested): void;
}

export type Begun = 'good' | 'bad' | Extract<Next, { kind: 'test' }>;

export interface BisectEnd {
  readonly bisect: Bisect;
  readonly last: Exclude<Next, { kind: 'test' }>;
}

/** @returns how it came out; `end-is-not-so` where an end is not what it is said to be; or what stopped it */
export async function runBisect(begun: Bisect, doors: BisectDoors): Promise<Result<BisectEnd>> {
  let bisect = begun;
  const test = async (commit: string, step: Begun): Promise<Result<Tested>> => {
    await doors.begins(commit, step);
    const tested = await doors.test(commit);
    if (isFailure(tested)) return tested;
    bisect = { ...bisect, tested: [...bisect.tested, tested] };
    // Kept before it is told: what a person has read is not tested again.
    const saved = doors.save(bisect);
    if (isFailure(saved)) return saved;
    doors.ended(tested);
    return tested;
  };
  // The end that is cheaper to be wrong about: a command that never fails finds nothing.
  for (const end of ['bad', 'good'] as const) {
    const tested = bisect.tested.find(({ commit }) => commit === bisect[end]) ?? await test(bisect[end], end);
    if (isFailure(tested)) return tested;
    if (tested.verdict === end) continue;
    const { commit, subject, verdict, why, log } = tested;
    return historyFailure({ reason: 'end-is-not-so', end, commit, subject, verdict, why, log });
  }
  for (;;) {
    const next = await doors.next(bisect);
    if (isFailure(next)) return next;
    if (next.kind !== 'test') {
      bisect = { ...bisect, over: true };
      return doors.save(bisect) ?? { bisect, last: next };
    }
    const tested = await test(next.commit, next);
    if (isFailure(tested)) return tested;
  }
}
