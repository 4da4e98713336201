/** One command at a time goes through the history: there is one worktree. */
import type { Context } from '../../commands/shared/context.ts';
import { takeLock } from '../../host/lock.ts';
import type { Result } from '../../report/failure.ts';
import { interrupted } from '../../report/interrupted.ts';
import { historyPlace } from '../place.ts';

export async function whileAlone<T>(by: string, { settings, signal, say }: Context, run: () => Promise<T>): Promise<Result<T>> {
  const lock = await takeLock({
    name: `history:${historyPlace(settings.stateDir).dir}`, holder: `kloop ${by} (pid ${process.pid})`, signal,
    onWait: (holder) => say(`waiting for ${holder}`),
  });
  if (lock === undefined) return interrupted(signal);
  try {
    return await run();
  } finally {
    await lock.release();
  }
}
