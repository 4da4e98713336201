/**
 * Processes, by zx. Each runs in a process group of its own, so that it and
 * all that it started can be ended together, and none outlives kloop.
 */
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { promises as streams } from 'node:stream';
import { isFailure, type Result } from '../../report/failure.ts';
import { interrupted } from '../../report/interrupted.ts';
import { shellQuote } from '../../text/values.ts';
import { codeOf, findProgram } from '../files.ts';
import { LineSplitter } from './lines.ts';
import { hostFailure } from '../reasons.ts';

/** What to run, and what to do with what it prints. */
export interface Command {
  readonly argv: readonly string[];
  readonly cwd?: string | undefined;
  /** Added to kloop's own environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Written to its standard input; without it the input is empty. */
  readonly input?: string | undefined;
  /** What to write to its standard input after a line of its output, at once or when it is known; `undefined`: nothing. */
  readonly answer?: ((line: string) => string | Promise<string> | undefined) | undefined;
  /** Called for each line of output as it comes. */
  readonly onLine?: ((line: string, stream: 'stdout' | 'stderr') => void) | undefined;
  /** Ended after so many ms, with status `timeout`. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A file to which all output is appended. */
  readonly log?: string | undefined;
  /** It has the terminal (menuconfig, sudo's password): nothing is captured, and Ctrl-C is its own affair. */
  readonly interactive?: boolean | undefined;
}

/** How a command ended. */
export interface Finished {
  /** Its exit status, the signal that ended it, or `timeout`. */
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
  /** The last lines of both, in the order in which they came. */
  readonly tail: readonly string[];
}

const tailLines = 40;
/** How long a process group may take to end after SIGTERM. */
const graceMs = 700;

/** Starts processes, and ends those that still run. */
export class Processes {
  readonly #groups = new Set<number>();

  /**
   * Runs a command to its end. A status other than 0 isn't a failure here.
   *
   * @returns how it ended; or `command-missing`, or `interrupted` when `signal` ended it.
   */
  async run(command: Command): Promise<Result<Finished>> {
    const program = command.argv[0] ?? '';
    if (command.signal?.aborted) return interrupted(command.signal);
    if (command.log !== undefined) mkdirSync(dirname(command.log), { recursive: true });
    const log = command.log === undefined ? undefined : createWriteStream(command.log, { flags: 'a' });
    const tail: string[] = [];
    const take = (stream: 'stdout' | 'stderr') => new LineSplitter((line) => {
      tail.push(line);
      if (tail.length > tailLines) tail.shift();
      command.onLine?.(line, stream);
      const said = stream === 'stdout' ? command.answer?.(line) : undefined;
      if (typeof said === 'string') running.stdin.write(said);
      else void said?.then((text) => running.stdin.write(text));
    });
    const out = take('stdout');
    const err = take('stderr');
    const env: Record<string, string | undefined> = { ...process.env, ...command.env };
    for (const [key, value] of Object.entries(env)) if (value === undefined) delete env[key];

    // Loaded here: a run in which all is fresh starts no process by zx.
    const { $ } = await import('zx/core');
    const running = $({
      cwd: command.cwd ?? process.cwd(),
      env,
      nothrow: true,
      quiet: true,
      verbose: false,
      // Not bash: with a socket for its input, as Node's pipes are, it takes itself for
      // rshd's and reads ~/.bashrc, where SHLVL is not set or was taken back by `exec`.
      shell: '/bin/sh',
      quote: shellQuote,
      // `exec`: the group's leader is the command itself, not a shell. SIGTERM
      // at our death: make takes it as a request to remove what is half made.
      prefix: command.interactive ? 'exec ' : 'exec setpriv --pdeathsig TERM -- ',
      postfix: '',
      detached: !command.interactive,
      stdio: command.interactive ? 'inherit' : [command.input === undefined && command.answer === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(command.input === undefined ? {} : { input: command.input }),
    })`${command.argv}`;
    const pid = running.pid;
    if (pid !== undefined && !command.interactive) this.#groups.add(pid);
    // It may have ended meanwhile.
    if (command.answer !== undefined) running.stdin.on('error', () => undefined);
    running.stdout?.on('data', (chunk: Buffer) => { out.push(chunk); log?.write(chunk); });
    running.stderr?.on('data', (chunk: Buffer) => { err.push(chunk); log?.write(chunk); });

    let timedOut = false;
    const timer = command.timeoutMs === undefined ? undefined : setTimeout(() => {
      timedOut = true;
      if (pid !== undefined) this.#endGroup(pid);
    }, command.timeoutMs);
    const abort = () => { if (pid !== undefined) this.#endGroup(pid); };
    command.signal?.addEventListener('abort', abort, { once: true });

    const ended = await running;
    clearTimeout(timer);
    command.signal?.removeEventListener('abort', abort);
    if (pid !== undefined) this.#groups.delete(pid);
    out.end();
    err.end();
    if (log !== undefined) {
      log.end();
      await streams.finished(log).catch(() => undefined); // a full disk must not hide how the command ended
    }
    if (command.signal?.aborted) return interrupted(command.signal);
    // setpriv and sh both say 127 when there is no such program.
    if (ended.exitCode === 127 && !this.has(program)) {
      return hostFailure({ reason: 'command-missing', doing: `running ${program}`, command: program });
    }
    const status = timedOut ? 'timeout' : (ended.exitCode ?? ended.signal ?? 'unknown');
    return { status, stdout: ended.stdout, stderr: ended.stderr, tail };
  }

  /** As `run`, but a status other than 0 is a failure: `doing` says in words what was attempted. */
  async runOk(doing: string, command: Command): Promise<Result<Finished>> {
    const ended = await this.run(command);
    if (isFailure(ended) || ended.status === 0) return ended;
    return hostFailure({ reason: 'command-failed', doing, argv: command.argv, status: ended.status, tail: ended.tail, log: command.log });
  }

  /** Whether a program can be found, on PATH or by its path. */
  has(program: string): boolean {
    return findProgram(program) !== undefined;
  }

  /** Ends all that runs: SIGTERM, and after a grace SIGKILL. Within a second. */
  stopAll(): void {
    for (const pid of this.#groups) this.#endGroup(pid);
  }

  #endGroup(pid: number): void {
    signalGroup(pid, 'SIGTERM');
    setTimeout(() => { if (this.#groups.has(pid)) signalGroup(pid, 'SIGKILL'); }, graceMs).unref();
  }
}

/** Signals a process group, if there is still one. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended by itself.
  }
}

/** Whether a process is there, whosever it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
