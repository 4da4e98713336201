/** How commands end. */
import type { Failure } from '../report/failure.ts';
import { formatFailure } from '../report/failure.ts';
import { asTyped } from './as-typed.ts';
import { interruption } from '../report/interrupted.ts';

/**
 * Tells a failure on stderr.
 *
 * @returns the exit status for it: 124 a time-out, 255 a lost VM, 125 the rest,
 *   so that the guest's command keeps the lower ones, as with timeout(1).
 */
export function finish(failure: Failure): number {
  // Ended by a reader who had enough (`| head`): as with any program, nothing is said.
  const readerLeft = interruption.is(failure, 'interrupted') && failure.detail.signal === 'SIGPIPE';
  if (!readerLeft) process.stderr.write(asTyped(formatFailure(failure)));
  return failure.words.exitStatus ?? 125;
}
