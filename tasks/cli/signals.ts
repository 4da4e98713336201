/** Signals to kloop: the run is asked to stop, all that it started is ended, and the status says by what. */
import { constants } from 'node:os';
import type { Processes } from '../host/process.ts';

const handled = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Signals {
  /** The status for the signal that came, as a shell has it: 128 + its number. */
  status(): number | undefined;
}

/** A second signal ends kloop at once: whoever presses Ctrl-C twice has waited long enough. */
export function exitOn(stopping: AbortController, processes: Processes): Signals {
  let status: number | undefined;
  for (const signal of handled) {
    process.on(signal, () => {
      const second = status !== undefined;
      status = 128 + constants.signals[signal];
      stopping.abort();
      processes.stopAll();
      if (second) process.exit(status);
    });
  }
  return { status: () => status };
}
