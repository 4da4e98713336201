/** Joins a session of the guest with our own standard streams. */
import { constants } from 'node:os';
import { codeOf } from '../../host/files.ts';
import { TerminalJob } from '../../host/terminal-job.ts';
import { openTty } from '../../host/tty.ts';
import type { Session, Sink } from './control.ts';
import type { VmContext } from '../request.ts';
import { TypeAhead } from './type-ahead.ts';

type Streams = Pick<VmContext, 'stdin' | 'stdout' | 'stderr'>;

interface Attachment {
  readonly sink: Sink;
  /** Passes our input on, and our terminal's size. */
  attach(session: Session): void;
  /** All output that has come is written. */
  flushed(): Promise<void>;
  /** Puts the terminal back, and leaves our input alone. */
  detach(): void;
}

/** `command`: it has the terminal as soon as it has begun. `shell`: what is typed is kept until it reads. */
type TerminalUse = 'none' | 'command' | 'shell';

export function attachStreams(streams: Streams, use: TerminalUse): Attachment {
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

  /** Our terminal is the guest's from the command's start on; before that it can be left. */
  const takeTerminal = (to: Session): { readonly job: TerminalJob; readonly begun: () => boolean } | undefined => {
    const tty = openTty(0);
    if (tty === undefined) return undefined;
    let begun = false;
    let over = false;
    const job = new TerminalJob({ tty, stdin, resumed: () => { if (begun) to.signal(constants.signals.SIGWINCH); } });
    undo.push(() => {
      over = true;
      job.end();
    });
    job.set('keys');
    void to.startedUs.then(() => {
      if (over) return;
      begun = true;
      job.set('raw');
    });
    listen(stdout, 'resize', () => to.resize({ rows: stdout.rows, columns: stdout.columns }));
    // The size may have changed since the guest was told.
    to.resize({ rows: stdout.rows, columns: stdout.columns });
    return { job, begun: () => begun };
  };

  return {
    sink,
    attach: (to) => {
      session = to;
      const terminal = use === 'none' ? undefined : takeTerminal(to);
      const read = (wanted: boolean) => {
        if (terminal !== undefined) terminal.job.read(wanted);
        else if (wanted) stdin.resume();
        else stdin.pause();
      };
      // One after the other: a paused pipe may still hand out what it has read.
      let before: Promise<boolean | void> = Promise.resolve();
      let waiting = 0;
      const pass = (bytes: Buffer | undefined) => {
        if (bytes === undefined || (waiting === 0 && to.writeNow(bytes))) return;
        read(false);
        waiting++;
        before = before.then(() => to.write(bytes)).then((more) => {
          waiting--;
          if (more) read(true);
        });
      };
      const ahead = new TypeAhead();
      let reads = use !== 'shell';
      void to.reading.then(() => {
        reads = true;
        pass(ahead.take());
      });
      listen(stdin, 'data', (bytes: Buffer) => {
        const typed = terminal === undefined || terminal.begun() ? bytes : keysWhileBooting(bytes, () => terminal.job.suspend());
        pass(reads ? typed : ahead.hold(typed));
      });
      const end = () => {
        pass(ahead.take());
        before = before.then(() => to.endInput());
      };
      listen(stdin, 'end', end);
      listen(stdin, 'error', end);
      read(true);
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

/** The signals of the terminal's keys, as the terminal would send them: to the whole job. */
const signalKeys: ReadonlyMap<number, NodeJS.Signals> = new Map([[0x03, 'SIGINT'], [0x1c, 'SIGQUIT']]);
const suspendKey = 0x1a;

/** While there is nobody in the guest to get them, Ctrl-C, Ctrl-\ and Ctrl-Z are for kloop; gives the rest. */
function keysWhileBooting(typed: Buffer, suspend: () => void): Buffer {
  const rest: number[] = [];
  for (const byte of typed) {
    const signal = signalKeys.get(byte);
    if (signal !== undefined) process.kill(0, signal);
    else if (byte === suspendKey) suspend();
    else rest.push(byte);
  }
  return Buffer.from(rest);
}
