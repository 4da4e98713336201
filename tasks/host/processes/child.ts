/**
 * A long-running child with sockets of its own, as QEMU is: started without a
 * shell, and killed by the kernel when kloop ends in whatever way.
 * `Processes` is for commands that are run to their end; this has neither its
 * 15 ms of a shell's start, nor does it load zx.
 */
import { spawn } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { findProgram } from '../files.ts';
import type { Result } from '../../report/failure.ts';
import { LineSplitter } from './lines.ts';
import { hostFailure } from '../reasons.ts';

interface ChildRequest {
  readonly argv: readonly string[];
  /** Sockets between us and the child: its descriptors 3, 4, … */
  readonly sockets: number;
  /** Descriptors of ours that follow them in the child. */
  readonly files: readonly number[];
  /** Hears each line that it writes. */
  readonly heard?: (stream: 'out' | 'err', line: string) => void;
  /** Runs with this user's rights, where we are root. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly pid: number;
  readonly sockets: readonly Duplex[];
  /** The last lines of its stdout and stderr. */
  readonly said: readonly string[];
  readonly ended: Promise<ChildEnd>;
  kill(): void;
}

const keptLines = 40;

/** Starts it; or `command-missing`. */
export async function startChild(request: ChildRequest): Promise<Result<Child>> {
  const [program = '', ...args] = request.argv;
  const path = findProgram(program);
  if (path === undefined) return hostFailure({ reason: 'command-missing', doing: 'starting the VM', command: program });
  // --pdeathsig comes last in what setpriv does: a change of user would clear it.
  const user = request.user === undefined ? [] : [`--reuid=${request.user.uid}`, `--regid=${request.user.gid}`, '--init-groups'];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...user, '--', path, ...args], {
    // A session of its own: the terminal's Ctrl-C is not for it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', ...Array.from({ length: request.sockets }, () => 'pipe' as const), ...request.files],
  });
  const said: string[] = [];
  const keep = (line: string) => {
    said.push(line);
    if (said.length > keptLines) said.shift();
  };
  const drained = ([['out', child.stdout], ['err', child.stderr]] as ['out' | 'err', Readable | null][]).map(([name, stream]) => {
    const lines = new LineSplitter((line) => {
      keep(line);
      request.heard?.(name, line);
    });
    stream?.on('data', (chunk: Buffer) => lines.push(chunk));
    return new Promise<void>((resolve) => {
      stream?.on('close', () => {
        lines.end();
        resolve();
      });
    });
  });
  // Not the 'close' event: it waits for our sockets, too.
  const exited = new Promise<ChildEnd>((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
  const ended = exited.then(async (end) => {
    await Promise.all(drained);
    return end;
  });
  const spawned = await new Promise<boolean>((resolve) => {
    child.on('spawn', () => resolve(true));
    child.on('error', () => resolve(false));
  });
  if (!spawned || child.pid === undefined) return hostFailure({ reason: 'command-missing', doing: 'starting the VM', command: 'setpriv' });
  return {
    pid: child.pid,
    sockets: child.stdio.slice(3, 3 + request.sockets) as unknown as Duplex[],
    said,
    ended,
    kill: () => { child.kill('SIGKILL'); },
  };
}
