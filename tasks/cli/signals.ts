/** Signals to kloop: the run is asked to stop, all that it started is ended, and the status says by what. */
import { constants } from 'node:os';
import type { Processes } from '../host/processes/process.ts';
import { finish } from './finish.ts';
import { hostFailure } from '../host/reasons.ts';

const handled = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE'] as const;

/**
 * What a closed stdout is told by. Not the signal's own name: whoever listens
 * to that gets it for every pipe, also for that to a child which has ended.
 */
const stdoutClosed = 'kloop-stdout-closed';
const events: NodeJS.EventEmitter = process;

/** How the run ends by something else than its own will. */
export interface Ending {
  readonly stopping: AbortController;
  /** The status for the signal that came, as a shell has it: 128 + its number; or for output that could not be written. */
  status: number | undefined;
}

/** A second signal ends kloop at once: whoever presses Ctrl-C twice has waited long enough. */
export function exitOn(ending: Ending, processes: Processes): void {
  for (const signal of handled) {
    events.on(signal === 'SIGPIPE' ? stdoutClosed : signal, (own: unknown) => {
      const second = ending.status !== undefined;
      ending.status = typeof own === 'number' ? own : 128 + constants.signals[signal];
      ending.stopping.abort(signal);
      processes.stopAll();
      if (second) process.exit(ending.status);
    });
  }
}

/** From now on Ctrl-C is the affair of another program that has our terminal: a debugger, which is interrupted by it again and again. */
export function leaveInterrupts(): void {
  process.removeAllListeners('SIGINT');
  process.on('SIGINT', () => undefined);
}

/**
 * Node ignores SIGPIPE and gives an error event on the stream instead. Here it
 * is the signal again: who reads our output has gone (`| head`), so the run
 * ends as by SIGPIPE. Output that cannot be written (a full disk) is a failure
 * of ours, told once. A closed or full stderr is nobody's loss.
 */
export function heedClosedPipes(ending: Ending): void {
  let told = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (told) return;
    told = true;
    const status = error.code === 'EPIPE' ? 128 + constants.signals.SIGPIPE : finish(hostFailure({ reason: 'file-error', doing: 'writing the output', path: 'stdout', code: error.code === 'EBADF' ? 'EBADF' : '', message: error.message }));
    if (!events.emit(stdoutClosed, status)) ending.status = status;
  });
  process.stderr.on('error', () => undefined);
}

/**
 * Waits until what was written has gone out. After a signal it does not wait
 * for a reader that has stalled: who sent it wants us gone.
 */
export async function written({ stopping: { signal } }: Ending): Promise<void> {
  if (signal.aborted) return;
  // Where nothing waits nothing is asked of the stream: it may be closed, and then nobody has lost anything.
  const gone = [process.stdout, process.stderr].map((stream) => new Promise<void>((resolve) => {
    if (stream.writableLength === 0) setImmediate(resolve); // an error of the last write is told by then
    else stream.write('', () => resolve());
  }));
  const stopped = new Promise<void>((resolve) => { signal.addEventListener('abort', () => resolve(), { once: true }); });
  await Promise.race([Promise.all(gone), stopped]);
}
