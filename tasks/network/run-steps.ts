/** Runs commands of root's, one at a time, each shown first. */
import { fail, isFailure, type Result } from '../report/failure.ts';
import { asRoot, shown, type Privilege } from '../host/privilege.ts';
import type { Processes } from '../host/process.ts';

export interface Runner {
  readonly processes: Processes;
  readonly privilege: Privilege;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  readonly log: string;
}

/** What one step may take, in ms: NetworkManager's waiting for a lease is the longest. */
const stepMs = 40_000;

/**
 * An ordinary user's goes through sudo on the terminal, where it may ask for
 * the password; what it says goes to stderr and to the log.
 *
 * @returns `command-failed`, `no-sudo`, `interrupted`; or nothing
 */
export async function runAsRoot(doing: string, argv: readonly string[], runner: Runner): Promise<Result<void>> {
  const { processes, privilege, log, signal } = runner;
  const full = asRoot(argv, privilege);
  runner.say(`$ ${shown(full)}`);
  const ended = privilege.uid === 0
    ? await processes.run({ argv: full, log, signal, timeoutMs: stepMs })
    : await processes.run({
      argv: ['bash', '-o', 'pipefail', '-c', 'mkdir -p "$(dirname "$0")"; "$@" 2>&1 | tee -a "$0" >&2', log, ...full],
      interactive: true,
      signal,
    });
  if (isFailure(ended)) return ended;
  return ended.status === 0 ? undefined : fail({ reason: 'command-failed', doing, argv: full, status: ended.status, tail: ended.tail, log });
}
