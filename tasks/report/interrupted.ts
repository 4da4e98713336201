/** A run that was asked to stop, as a failure. */
import { fail, type Failure } from './failure.ts';

/** Named by the signal that it was asked by, where the abort tells. */
export function interrupted(signal: AbortSignal | undefined): Failure {
  const reason: unknown = signal?.reason;
  return fail({ reason: 'interrupted', signal: typeof reason === 'string' ? reason : 'SIGINT' });
}
