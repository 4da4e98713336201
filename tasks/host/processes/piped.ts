/** A program with its stdin, or its stdout, in our hands; ended with us. */
import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { LineSplitter } from './lines.ts';

interface Piped {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Its status; `undefined`: it could not be started, or a signal ended it. */
  readonly ended: Promise<number | undefined>;
  /** The lines of its stderr. */
  readonly said: readonly string[];
  /** @param signal SIGKILL, if none is named */
  kill(signal?: NodeJS.Signals): void;
}

/** A program that waits for its stdin's end, or for its stdout's reader, ends when we do. */
export function startPiped(argv: readonly string[], cwd: string): Piped {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } });
  const said: string[] = [];
  const lines = new LineSplitter((line) => said.push(line));
  child.stderr.on('data', (chunk: Buffer) => lines.push(chunk));
  child.stdin.on('error', () => undefined); // its end tells
  return {
    stdin: child.stdin, stdout: child.stdout, said,
    ended: new Promise((resolve) => {
      child.on('error', (error) => {
        said.push(error.message);
        resolve(undefined);
      });
      child.on('close', (status) => {
        lines.end();
        resolve(status ?? undefined);
      });
    }),
    kill: (signal = 'SIGKILL') => { child.kill(signal); },
  };
}
