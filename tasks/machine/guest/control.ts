/** The host's end of the control port: the guest's greeting, and sessions with flow control. */
import type { Duplex } from 'node:stream';
import { encodeCommand, encodeFrame, encodeHeader, Frame, FrameReader, helloFlags, sizeBytes, Stream, u32, windowBytes, type FrameData } from './protocol.ts';
import type { GuestCommand, TerminalSize } from '../description.ts';

/** The guest's init has been reached. Times are µs since power-on, by the guest's clock. */
export interface Hello {
  readonly version: number;
  readonly beganUs: number;
  readonly readyUs: number;
  /** Processors that the kernel brought up. */
  readonly cpus: number;
  /** The kernel has no overlayfs: the guest's root can only be read. */
  readonly readOnly: boolean;
  /** FUSE was asked for, and the kernel has none: its root comes by 9p. */
  readonly noFuse: boolean;
}

/** For the person, where `noFuse` is told. */
export const noFuseWords = "this kernel has no FUSE (CONFIG_FUSE_FS): the guest has the host's files by 9p";
/** For the person, where `readOnly` is told. */
export const readOnlyWords = "this kernel has no overlayfs: in the guest the host's files can only be read; /tmp, /run, /var/tmp, /var/log and the home directory are in memory";

export interface SessionEnd {
  /** As a shell has it: 128 and the signal's number for a command that a signal ended. */
  readonly status: number;
  readonly signal: number;
}

/** Takes a session's output; calls `taken` when it has passed it on, and the guest may send as much again. */
export type Sink = (stream: 'out' | 'err', chunk: Buffer, taken: () => void) => void;

interface GuestEvents {
  /** `payload`: as it came, for whoever it is passed on to. */
  hello(hello: Hello, payload: Buffer): void;
  /** The guest's init cannot go on. */
  trouble(code: number, text: string): void;
  /** A frame that is no session's. */
  other?(frame: FrameData): void;
}

/** The session of the command that the guest starts by itself. */
const firstSession = 1;
/** A session's number has 16 bits. */
const lastSession = 0xffff;

export class Guest {
  readonly #socket: Duplex;
  /** Who takes the frames of which session. */
  readonly #sessions = new Map<number, (frame: FrameData) => void>();
  #lastId = firstSession;
  readonly #port: Port = { send: (frame) => this.send(frame), sendData: (session, payload) => this.#sendData(session, payload) };

  constructor(socket: Duplex, events: GuestEvents) {
    this.#socket = socket;
    const reader = new FrameReader((frame) => this.#take(frame, events));
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    socket.on('error', () => undefined); // QEMU's end is seen by its process
  }

  /** The session of the command that the guest starts by itself. */
  adopt(sink: Sink): Session {
    const session = new Session(firstSession, sink, this.#port);
    this.#sessions.set(session.id, (frame) => session.take(frame));
    return session;
  }

  /**
   * A free number for a session whose frames somebody else makes and takes; it
   * is free again when its end has been handed over.
   */
  open(take: (frame: FrameData) => void): number {
    do this.#lastId = this.#lastId === lastSession ? firstSession + 1 : this.#lastId + 1; while (this.#sessions.has(this.#lastId));
    this.#sessions.set(this.#lastId, take);
    return this.#lastId;
  }

  send(frame: Buffer): void {
    this.#socket.write(frame);
  }

  /** @param payload is not copied, and to be left alone */
  #sendData(session: number, payload: Buffer): void {
    this.#socket.cork();
    this.#socket.write(encodeHeader(Frame.data, session, Stream.in, payload.length));
    this.#socket.write(payload);
    this.#socket.uncork();
  }

  /** Starts a command. */
  start(command: GuestCommand, sink: Sink): Session {
    const session: Session = new Session(this.open((frame) => session.take(frame)), sink, this.#port);
    this.begin(session, command);
    return session;
  }

  /** Starts the command of a session that was adopted, and that the guest does not start by itself. */
  begin(session: Session, command: GuestCommand): void {
    this.send(encodeFrame(Frame.start, session.id, 0, encodeCommand(command)));
  }

  #take(frame: FrameData, events: GuestEvents): void {
    switch (frame.type) {
      case Frame.hello:
        events.hello({
          version: frame.payload.readUInt32LE(0),
          beganUs: Number(frame.payload.readBigUInt64LE(4)),
          readyUs: Number(frame.payload.readBigUInt64LE(12)),
          cpus: frame.payload.readUInt32LE(20),
          readOnly: (frame.payload.readUInt32LE(24) & helloFlags.read_only) !== 0,
          noFuse: (frame.payload.readUInt32LE(24) & helloFlags.no_fuse) !== 0,
        }, frame.payload);
        break;
      case Frame.trouble:
        events.trouble(frame.payload.readUInt32LE(0), frame.payload.toString('utf8', 4));
        break;
      case Frame.data: case Frame.credit: case Frame.eof: case Frame.close: case Frame.started: case Frame.reading:
        this.#sessions.get(frame.session)?.(frame);
        break;
      case Frame.exit: {
        const take = this.#sessions.get(frame.session);
        this.#sessions.delete(frame.session);
        take?.(frame);
        break;
      }
      default:
        events.other?.(frame);
    }
  }
}

/** The guest's, for its sessions. */
interface Port {
  send(frame: Buffer): void;
  sendData(session: number, payload: Buffer): void;
}

export class Session {
  readonly id: number;
  readonly ended: Promise<SessionEnd>;
  /** When the guest started the command: µs since power-on. */
  readonly startedUs: Promise<number>;
  /** A shell waits for what is typed: it has the terminal in its own mode, and echoes by itself. Or it has ended. */
  readonly reading: Promise<void>;
  /** Nothing more comes on its stdout: it has closed that, or has ended. All that came before has been handed to the sink. */
  readonly outputEnded: Promise<void>;
  readonly #port: Port;
  readonly #sink: Sink;
  #resolveEnd: (end: SessionEnd) => void = () => undefined;
  #resolveStarted: (us: number) => void = () => undefined;
  #resolveReading: () => void = () => undefined;
  #resolveOutputEnded: () => void = () => undefined;
  #credit = windowBytes;
  /** Output that has been passed on, and that the guest has not been told of. */
  readonly #passed = { out: 0, err: 0 };
  #inputClosed = false;
  #wake: (() => void) | undefined;

  constructor(id: number, sink: Sink, port: Port) {
    this.id = id;
    this.#sink = sink;
    this.#port = port;
    this.ended = new Promise((resolve) => { this.#resolveEnd = resolve; });
    this.startedUs = new Promise((resolve) => { this.#resolveStarted = resolve; });
    this.reading = new Promise((resolve) => { this.#resolveReading = resolve; });
    this.outputEnded = new Promise((resolve) => { this.#resolveOutputEnded = resolve; });
  }

  /** Writes to the command's stdin what it can take at once. False: not now, and nothing of it. */
  writeNow(chunk: Buffer): boolean {
    if (this.#inputClosed || chunk.length > this.#credit) return false;
    this.#credit -= chunk.length;
    this.#port.sendData(this.id, chunk);
    return true;
  }

  /** Writes to the command's stdin, as fast as it reads. False: nobody reads it any more. */
  async write(chunk: Buffer): Promise<boolean> {
    for (let rest = chunk; rest.length > 0;) {
      if (this.#inputClosed) return false;
      if (this.#credit === 0) {
        await new Promise<void>((resolve) => { this.#wake = resolve; });
        continue;
      }
      const part = rest.subarray(0, this.#credit);
      rest = rest.subarray(part.length);
      this.writeNow(part);
    }
    return !this.#inputClosed;
  }

  /** Ends the command's stdin. */
  endInput(): void {
    this.#port.send(encodeFrame(Frame.eof, this.id));
  }

  /** Nobody reads this stream here: the command gets SIGPIPE when it writes on. */
  closeOutput(stream: 'out' | 'err'): void {
    this.#port.send(encodeFrame(Frame.close, this.id, Stream[stream]));
  }

  signal(number: number): void {
    this.#port.send(encodeFrame(Frame.signal, this.id, 0, u32(number)));
  }

  /** The guest may send as much again. It is told when that is worth a frame; it has the rest of its window until then. */
  #passedOn(stream: 'out' | 'err', size: number): void {
    this.#passed[stream] += size;
    if (this.#passed[stream] < windowBytes / 4) return;
    this.#port.send(encodeFrame(Frame.credit, this.id, Stream[stream], u32(this.#passed[stream])));
    this.#passed[stream] = 0;
  }

  resize(size: TerminalSize): void {
    this.#port.send(encodeFrame(Frame.winsize, this.id, 0, sizeBytes(size)));
  }

  take(frame: FrameData): void {
    switch (frame.type) {
      case Frame.data: {
        const stream = frame.stream === Stream.err ? 'err' : 'out';
        const size = frame.payload.length;
        this.#sink(stream, frame.payload, () => this.#passedOn(stream, size));
        break;
      }
      case Frame.credit:
        this.#credit += frame.payload.readUInt32LE(0);
        this.#wake?.();
        break;
      case Frame.eof:
        if (frame.stream === Stream.out) this.#resolveOutputEnded();
        break;
      case Frame.close:
        this.#inputClosed = true;
        this.#wake?.();
        break;
      case Frame.started:
        this.#resolveStarted(Number(frame.payload.readBigUInt64LE(0)));
        break;
      case Frame.reading:
        this.#resolveReading();
        break;
      case Frame.exit:
        this.#inputClosed = true;
        this.#wake?.();
        this.#resolveReading();
        this.#resolveOutputEnded();
        this.#resolveEnd({ status: frame.payload.readUInt32LE(0), signal: frame.payload.readUInt32LE(4) });
        break;
    }
  }
}
