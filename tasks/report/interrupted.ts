/** A run that was asked to stop, as a failure. */
import { failuresOf, type Failure } from './failure.ts';

export const interruption = failuresOf<{ reason: 'interrupted'; signal: string }>({
  interrupted: (d) => ({ what: `interrupted by ${d.signal}` }),
});

/** Named by the signal that it was asked by, where the abort tells. */
export function interrupted(signal?: AbortSignal): Failure {
  const reason: unknown = signal?.reason;
  return interruption({ reason: 'interrupted', signal: typeof reason === 'string' ? reason : 'SIGINT' });
}
