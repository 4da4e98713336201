/** Runs commands of root's, one at a time, each shown first. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { isFailure, type Result } from '../../report/failure.ts';
import { interrupted } from '../../report/interrupted.ts';
import { loggedOnTerminal } from '../../host/processes/admin.ts';
import { asRoot, shown, type Privilege } from '../../host/processes/privilege.ts';
import type { Guard } from '../../host/processes/guard.ts';
import type { Processes } from '../../host/processes/process.ts';
import { append } from '../step.ts';
import { networkFailure } from '../reasons.ts';
import { hostFailure } from '../../host/reasons.ts';

export interface Runner {
  readonly processes: Processes;
  readonly privilege: Privilege;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  readonly log: string;
}

/** What one step may take, in ms: NetworkManager's waiting for a lease is the longest. */
const stepMs = 40_000;

/** What waits for nobody: it need not be interrupted. */
const quick = new Set(['ip', 'mkdir', 'install', 'rm', 'sed', 'sysctl', 'nft', 'iptables', 'kill']);

/**
 * As `runStep`; but root's quick commands are run by the guard, so that none
 * of them can take effect after it was undone.
 *
 * @returns as `runStep`; or `guard-gone`
 */
export async function runBeside(doing: string, argv: readonly string[], { bridge, guard, ...runner }: Runner & { readonly bridge: string; readonly guard: Guard }): Promise<Result<void>> {
  const { privilege, log, signal } = runner;
  if (privilege.uid !== 0 || !(quick.has(argv[0] ?? '') || argv[2] === append)) return runStep(doing, argv, runner);
  if (signal.aborted) return interrupted(signal);
  runner.say(`$ ${shown(argv)}`);
  const ended = await guard.run(argv);
  if (ended === undefined) return networkFailure({ reason: 'guard-gone', bridge, restored: true });
  try {
    mkdirSync(dirname(log), { recursive: true });
    appendFileSync(log, `$ ${shown(argv)}\n${ended.said}\n`);
  } catch {
    // A log that cannot be written must not stop half-way what is being done.
  }
  return ended.status === 0 ? undefined : hostFailure({ reason: 'command-failed', doing, argv, status: ended.status, tail: ended.said.split('\n'), log });
}

/**
 * An ordinary user's goes through sudo on the terminal, where it may ask for
 * the password; what it says goes to stderr and to the log.
 *
 * @returns `command-failed`, `no-sudo`, `interrupted`; or nothing
 */
export async function runStep(doing: string, argv: readonly string[], runner: Runner): Promise<Result<void>> {
  const { processes, privilege, log, signal } = runner;
  const full = asRoot(argv, privilege);
  runner.say(`$ ${shown(full)}`);
  const ended = privilege.uid === 0
    ? await processes.run({ argv: full, log, signal, timeoutMs: stepMs })
    : await processes.run({
      argv: loggedOnTerminal(log, full),
      interactive: true,
      signal,
    });
  if (isFailure(ended)) return ended;
  return ended.status === 0 ? undefined : hostFailure({ reason: 'command-failed', doing, argv: full, status: ended.status, tail: ended.tail, log });
}
