/** The streams of one of several VMs that run the same command: each line says whose it is. */
import { PassThrough, Writable } from 'node:stream';
import { linesOf } from '../../progress/variants.ts';

/** What a command prints comes line by line. Nobody types: there are several to read it. */
export function prefixedStreams(prefix: string, json: boolean) {
  // With --json stdout is for the program that reads it.
  const [stdout, stderr] = [json ? process.stderr : process.stdout, process.stderr].map((to) => {
    const lines = linesOf(prefix, (text) => to.write(text));
    return { end: () => lines.end(), stream: new Writable({ write: (chunk: Buffer, _encoding, done) => { lines.push(chunk); done(); } }) };
  }) as [Prefixed, Prefixed];
  const stdin = new PassThrough();
  stdin.end();
  return {
    status: undefined,
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: stdout.stream as unknown as NodeJS.WriteStream,
    stderr: stderr.stream as unknown as NodeJS.WriteStream,
    end: () => {
      stdout.end();
      stderr.end();
    },
  };
}

interface Prefixed {
  readonly stream: Writable;
  end(): void;
}
