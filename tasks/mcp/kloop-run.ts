/**
 * Another kloop, started for a call: it does the work as it would for a person
 * on a terminal, takes the same locks, and is ended as by Ctrl-C.
 */
import { Capture, mostKept } from '../host/processes/capture.ts';
import { runHeard } from '../host/processes/heard.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { wordsOf, type Line } from './command-lines.ts';
import { Progress } from './progress.ts';
import type { Ran } from './results.ts';

/** Which kloop, and where. */
export interface Kloop {
  /** The program and its first words. */
  readonly program: readonly string[];
  readonly cwd: string;
  /** What `--tree` named, as it was typed: from `cwd`. */
  readonly tree: string | undefined;
}

/** A client's call of a tool. */
export interface ToolCall {
  /** The client does not want it any more, or has gone. */
  readonly signal: AbortSignal;
  /** Sends progress; `undefined`: nobody asked for it. */
  readonly send: ((message: string) => void) | undefined;
}

/**
 * kloop ends all that it started within a second. A stuck one is killed, with what
 * it started, before a client kills the server, which is after 4 s with the SDK's.
 */
const graceMs = 3_000;
/** Bytes of what a run says that are kept, besides as many of its end: a guest's command may print without end. */
const saidKept = 64 << 10;

/** @returns how it ended, whatever its status; or `interrupted`, or that it could not be started */
export async function runKloop({ program, cwd, tree }: Kloop, line: Line, { signal, send }: ToolCall): Promise<Result<Ran>> {
  const began = performance.now();
  const stdout = new Capture(mostKept);
  const stderr = new Capture(saidKept);
  const progress = send === undefined ? undefined : new Progress({ send });
  const exit = await runHeard({
    argv: [...program, ...wordsOf(line, tree)], cwd, signal, graceMs,
    heard: (stream, chunk) => {
      if (stream === 'stdout') return stdout.push(chunk);
      stderr.push(chunk);
      progress?.push(chunk);
    },
  });
  progress?.end();
  return isFailure(exit) ? exit : { exit, stdout: kept(stdout), stderr: kept(stderr), tookMs: performance.now() - began };
}

const kept = (capture: Capture) => ({ text: capture.text(), dropped: capture.dropped });
