/** Signals to kloop: the run is asked to stop, all that it started is ended, and the status says by what. */
import { constants } from 'node:os';
import type { Processes } from '../host/process.ts';

const handled = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE'] as const;

/**
 * What a closed stdout is told by. Not the signal's own name: whoever listens
 * to that gets it for every pipe, also for that to a child which has ended.
 */
const stdoutClosed = 'kloop-stdout-closed';
const events: NodeJS.EventEmitter = process;

export interface Signals {
  /** The status for the signal that came, as a shell has it: 128 + its number. */
  status(): number | undefined;
}

/** A second signal ends kloop at once: whoever presses Ctrl-C twice has waited long enough. */
export function exitOn(stopping: AbortController, processes: Processes): Signals {
  let status: number | undefined;
  for (const signal of handled) {
    events.on(signal === 'SIGPIPE' ? stdoutClosed : signal, () => {
      const second = status !== undefined;
      status = 128 + constants.signals[signal];
      stopping.abort();
      processes.stopAll();
      if (second) process.exit(status);
    });
  }
  return { status: () => status };
}

/**
 * Node ignores SIGPIPE and gives an error event on the stream instead. Here it
 * is the signal again: who reads our output has gone (`| head`), so the run
 * ends as by SIGPIPE. A closed stderr is nobody's loss.
 */
export function heedClosedPipes(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (!events.emit(stdoutClosed)) process.exit(128 + constants.signals.SIGPIPE);
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
