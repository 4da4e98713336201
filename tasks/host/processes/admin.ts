/** Runs what must have root or the terminal, and keeps what it said. */
import { isFailure, type Result } from '../../report/failure.ts';
import { textOf } from '../files.ts';
import { asRoot, shown, type Privilege } from './privilege.ts';
import type { Processes } from './process.ts';
import { hostFailure } from '../reasons.ts';

/** How it ended. */
export interface AdminRan {
  readonly ok: boolean;
  readonly output: string;
  /** Its last lines, where the person has not seen them yet. */
  readonly tail: readonly string[];
}

/** What it is run for. */
interface AdminWork {
  readonly signal: AbortSignal;
  /** The file for the full output. */
  readonly log: string;
  /** Tells the person a line. */
  say(line: string): void;
}

interface AdminCommand {
  readonly argv: readonly string[];
  readonly processes: Processes;
  readonly work: AdminWork;
  readonly cwd?: string | undefined;
  readonly onLine?: ((line: string) => void) | undefined;
}

/**
 * Runs a command as root. It is shown first. An ordinary user's goes through
 * sudo, with the terminal at hand.
 *
 * @returns how it ended; or `no-sudo`, or `interrupted`.
 */
export async function runAsRoot(command: AdminCommand & { readonly privilege: Privilege; readonly env?: Readonly<Record<string, string>> }): Promise<Result<AdminRan>> {
  const { argv, privilege, processes, work } = command;
  work.say(`$ ${shown(asRoot(argv, privilege))}`);
  // sudo drops the environment; env(1) sets it after sudo.
  const variables = Object.entries(command.env ?? {}).map(([key, value]) => `${key}=${value}`);
  const full = asRoot(variables.length === 0 ? argv : ['env', ...variables, ...argv], privilege);
  if (privilege.uid !== 0) {
    if (!processes.has('sudo')) return hostFailure({ reason: 'no-sudo', command: shown(argv) });
    return runWithTerminal({ ...command, argv: full });
  }
  return runQuietly({ ...command, argv: full });
}

/** Runs a command whose output is kept, and of which only progress is shown. */
export async function runQuietly({ argv, processes, work, cwd, onLine }: AdminCommand): Promise<Result<AdminRan>> {
  const ran = await processes.run({ argv, cwd, log: work.log, signal: work.signal, onLine });
  return isFailure(ran) ? ran : { ok: ran.status === 0, output: `${ran.stdout}\n${ran.stderr}`, tail: ran.tail };
}

/**
 * Runs a command that may ask for a password: it has the terminal, and with it
 * Ctrl-C, which is the only way by which an ordinary user's signal reaches a
 * process of root's. Its output goes to stderr and to the log at once; the
 * person has seen it, so the tail is empty.
 */
export async function runWithTerminal({ argv, processes, work, cwd }: AdminCommand): Promise<Result<AdminRan>> {
  const before = (textOf(work.log) ?? '').length;
  const ran = await processes.run({
    argv: loggedOnTerminal(work.log, argv),
    cwd,
    interactive: true,
    signal: work.signal,
  });
  if (isFailure(ran)) return ran;
  return { ok: ran.status === 0, output: (textOf(work.log) ?? '').slice(before), tail: [] };
}

/** A command whose output goes to stderr and to a log at once, with the terminal for its input. */
export function loggedOnTerminal(log: string, argv: readonly string[]): string[] {
  return ['bash', '--norc', '-o', 'pipefail', '-c', 'mkdir -p "$(dirname "$0")"; "$@" 2>&1 | tee -a "$0" >&2', log, ...argv];
}
