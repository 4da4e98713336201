/** How commands end. */
import type { Failure } from '../report/failure.ts';
import { formatFailure } from '../report/words.ts';

/** Kloop's own failure: 125, as timeout(1) and docker have it, so that the guest's command keeps the lower ones. */
export const ownFailure = 125;

/** Tells a failure on stderr. @returns the exit status for it */
export function finish(failure: Failure): number {
  process.stderr.write(formatFailure(failure));
  return ownFailure;
}
