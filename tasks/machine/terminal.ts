/** Joins a session of the guest with our own standard streams. */
import { constants } from 'node:os';
import { codeOf } from '../host/files.ts';
import { makeRaw } from '../host/tty.ts';
import type { Session, Sink } from './control.ts';
import type { VmContext } from './request.ts';

type Streams = Pick<VmContext, 'stdin' | 'stdout' | 'stderr'>;

export interface Attachment {
  readonly sink: Sink;
  /** Passes our input on, and our terminal's size. */
  attach(session: Session): void;
  /** All output that has come is written. */
  flushed(): Promise<void>;
  /** Puts the terminal back, and leaves our input alone. */
  detach(): void;
}

export function attachStreams(streams: Streams, terminal: boolean): Attachment {
  const { stdin, stdout } = streams;
  let session: Session | undefined;
  let unwritten = 0;
  let idle: (() => void) | undefined;
  const closed = { out: false, err: false };
  const undo: (() => void)[] = [];
  const listen = (emitter: NodeJS.EventEmitter, event: string, listener: (...args: never[]) => void) => {
    emitter.on(event, listener as (...args: unknown[]) => void);
    undo.push(() => emitter.removeListener(event, listener as (...args: unknown[]) => void));
  };

  const sink: Sink = (stream, chunk, taken) => {
    const to = stream === 'out' ? stdout : streams.stderr;
    if (closed[stream]) return taken();
    unwritten++;
    to.write(chunk, () => {
      taken();
      if (--unwritten === 0) idle?.();
    });
  };
  for (const stream of ['out', 'err'] as const) {
    listen(stream === 'out' ? stdout : streams.stderr, 'error', (error: Error) => {
      if (closed[stream]) return;
      closed[stream] = true;
      // `kloop vm -- yes | head -1`: the guest's command is to notice, too.
      if (codeOf(error) === 'EPIPE') session?.closeOutput(stream);
    });
  }

  return {
    sink,
    attach: (to) => {
      session = to;
      if (terminal) {
        const restore = makeRaw(0);
        if (restore !== undefined) undo.push(restore);
        listen(stdout, 'resize', () => to.resize({ rows: stdout.rows, columns: stdout.columns }));
        // The size may have changed since the guest was told.
        to.resize({ rows: stdout.rows, columns: stdout.columns });
        listen(process, 'SIGCONT', () => to.signal(constants.signals.SIGWINCH));
      }
      // One after the other: a paused pipe may still hand out what it has read.
      let before: Promise<boolean | void> = Promise.resolve();
      listen(stdin, 'data', (chunk: Buffer) => {
        stdin.pause();
        before = before.then(() => to.write(chunk)).then((more) => { if (more) stdin.resume(); });
      });
      const end = () => { before = before.then(() => to.endInput()); };
      listen(stdin, 'end', end);
      listen(stdin, 'error', end);
      stdin.resume();
    },
    flushed: () => new Promise((resolve) => {
      if (unwritten === 0) resolve();
      else idle = resolve;
    }),
    detach: () => {
      // What is still on its way may fail later; that is nobody's loss then.
      for (const to of [stdout, streams.stderr]) to.on('error', () => undefined);
      for (const step of undo.reverse()) step();
      stdin.pause();
      // A terminal or a pipe would keep our process alive.
      (stdin as { unref?: () => void }).unref?.();
    },
  };
}
