/**
 * A program that is run to its end while its output is heard as it comes, and
 * kept by nobody: it may have no end. (`Processes` keeps all that is printed.)
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import type { Result } from '../../report/failure.ts';
import { interrupted } from '../../report/interrupted.ts';
import { fileFailure } from '../files.ts';
import { hostFailure } from '../reasons.ts';
import { signalGroup } from './process.ts';

interface HeardCommand {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Ends it: SIGTERM, and after `graceMs` SIGKILL, to it and to what it started. */
  readonly signal: AbortSignal;
  readonly graceMs: number;
  readonly heard: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
}

/**
 * Its input is empty. It gets SIGTERM when this process dies in whatever way.
 *
 * @returns its exit status, for a signal 128 + the number, as a shell has it;
 *   `interrupted` when `signal` ended it, and it is gone; or `command-missing`,
 *   or a file's error where there is no such directory.
 */
export async function runHeard({ argv, cwd, signal, graceMs, heard }: HeardCommand): Promise<Result<number>> {
  if (signal.aborted) return interrupted(signal);
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', ...argv], { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', (chunk: Buffer) => heard('stdout', chunk));
  child.stderr.on('data', (chunk: Buffer) => heard('stderr', chunk));
  const ended = new Promise<number | Error>((resolve) => {
    child.on('error', resolve);
    child.on('close', (code, by) => resolve(code ?? 128 + constants.signals[by ?? 'SIGKILL']));
  });
  let killing: NodeJS.Timeout | undefined;
  const end = () => {
    const { pid } = child;
    if (pid === undefined) return;
    signalGroup(pid, 'SIGTERM');
    killing = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs);
  };
  signal.addEventListener('abort', end, { once: true });
  const status = await ended;
  signal.removeEventListener('abort', end);
  clearTimeout(killing);
  if (status instanceof Error) {
    return existsSync(cwd) ? hostFailure({ reason: 'command-missing', doing: `running ${argv[0] ?? ''}`, command: 'setpriv' }) : fileFailure('starting a program in a directory', cwd, status);
  }
  return signal.aborted ? interrupted(signal) : status;
}
