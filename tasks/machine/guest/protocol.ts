/**
 * What host and guest say to each other: frames over the virtio-serial port,
 * and fields that describe the guest and its commands. Pure. The same numbers
 * are in tasks/guest/guest.h; a test compares the two.
 */
import type { Bytes, GuestCommand, TerminalSize } from '../description.ts';

export const protocolVersion = 1;

/** What each side may send on a stream before the other grants more; bytes. */
export const windowBytes = 256 * 1024;

/** Types of frames. To host below 16, to guest from 16 on; data, credit, eof and close both ways. */
export const Frame = {
  hello: 1, data: 2, credit: 3, exit: 4, started: 5, trouble: 6, reading: 7,
  start: 16, eof: 17, close: 18, signal: 19, winsize: 20,
} as const;

export const Stream = { in: 0, out: 1, err: 2 } as const;

/** Fields of the guest's configuration, and (from 32 on) of a command. */
export const Field = {
  hostname: 1, standalone: 2, module: 3, root_options: 4, rw_dir: 5, clear_dir: 6, clear_file: 7,
  visible: 8, allow_sudo: 9, nic: 10, resolv: 11, watchdog: 12, disk: 13,
  dhcp: 14, dhcp_client: 15, multipath: 16, lease_ms: 17, module_layer: 18, open_files: 19, files: 20, systemd: 21,
  path: 22, mptcp: 23, scheduler: 24, hosts: 25, rw_by_fuse: 26,
  command: 32, size: 33, cwd: 34, arg: 35, env: 36, user: 37, program: 38,
} as const;

export const commandFlags = { tty: 1, err_apart: 2, shell: 4 } as const;

export const helloFlags = { read_only: 1, no_fuse: 2 } as const;

export interface FrameData {
  readonly type: number;
  readonly stream: number;
  readonly session: number;
  readonly payload: Buffer;
  /** As it came: header and payload. */
  readonly whole: Buffer;
}

const headerBytes = 8;

export function encodeHeader(type: number, session: number, stream: number, size: number): Buffer {
  const header = Buffer.allocUnsafe(headerBytes);
  header.writeUInt8(type, 0);
  header.writeUInt8(stream, 1);
  header.writeUInt16LE(session, 2);
  header.writeUInt32LE(size, 4);
  return header;
}

export const encodeFrame = (type: number, session: number, stream = 0, payload: Uint8Array = new Uint8Array()): Buffer =>
  Buffer.concat([encodeHeader(type, session, stream, payload.length), payload]);

/** A frame as one of another session, without a copy of it: the one that is given is used up. */
export function renumbered({ whole }: FrameData, session: number): Buffer {
  whole.writeUInt16LE(session, 2);
  return whole;
}

/** Cuts what arrives into frames; a frame may come in any number of parts. Only one that does is copied. */
export class FrameReader {
  readonly #take: (frame: FrameData) => void;
  /** What has come of a frame that is not whole yet. */
  #parts: Buffer[] = [];
  #size = 0;

  constructor(take: (frame: FrameData) => void) {
    this.#take = take;
  }

  push(chunk: Buffer): void {
    let rest = this.#size === 0 ? chunk : this.#complete(chunk);
    for (let size = frameSize(rest); size <= rest.length; size = frameSize(rest)) {
      this.#take(frameOf(rest.subarray(0, size)));
      rest = rest.subarray(size);
    }
    this.#keep(rest);
  }

  /** @returns what comes after the frame that has begun */
  #complete(chunk: Buffer): Buffer {
    const before = this.#size;
    this.#keep(chunk);
    const head = (this.#parts[0]?.length ?? 0) < headerBytes ? Buffer.concat(this.#parts, Math.min(this.#size, headerBytes)) : this.#parts[0];
    const size = frameSize(head ?? chunk);
    if (this.#size < size) return chunk.subarray(chunk.length);
    const whole = Buffer.concat(this.#parts, size);
    this.#parts = [];
    this.#size = 0;
    this.#take(frameOf(whole));
    return chunk.subarray(size - before);
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#parts.push(part);
    this.#size += part.length;
  }
}

/** Of the frame that begins here; its header's alone as long as that is not there. */
const frameSize = (bytes: Buffer): number => headerBytes + (bytes.length < headerBytes ? 0 : bytes.readUInt32LE(4));

const frameOf = (whole: Buffer): FrameData => ({
  type: whole.readUInt8(0), stream: whole.readUInt8(1), session: whole.readUInt16LE(2), payload: whole.subarray(headerBytes), whole,
});

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

export const sizeBytes = (size: TerminalSize): Buffer => {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt16LE(Math.min(size.rows, 0xffff), 0);
  bytes.writeUInt16LE(Math.min(size.columns, 0xffff), 2);
  return bytes;
};

export function encodeField(tag: number, value: Bytes = ''): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  const head = Buffer.allocUnsafe(5);
  head.writeUInt8(tag, 0);
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** Two texts in one field, a NUL between them. */
export function pair(first: string, second: Bytes): Buffer {
  return Buffer.concat([Buffer.from(`${first}\0`), typeof second === 'string' ? Buffer.from(second) : second]);
}

export function encodeCommand(command: GuestCommand): Buffer {
  const { terminal, user } = command;
  const flags = terminal === undefined ? 0
    : commandFlags.tty | (terminal.errApart ? commandFlags.err_apart : 0) | (terminal.shell === true ? commandFlags.shell : 0);
  return Buffer.concat([
    encodeField(Field.command, u32(flags)),
    ...(terminal === undefined ? [] : [encodeField(Field.size, sizeBytes(terminal))]),
    encodeField(Field.cwd, command.cwd),
    ...(command.program === undefined ? [] : [encodeField(Field.program, command.program)]),
    ...command.argv.map((word) => encodeField(Field.arg, word)),
    ...command.env.map((entry) => encodeField(Field.env, entry)),
    ...(user === undefined ? [] : [encodeField(Field.user, Buffer.concat([user.uid, user.gid, ...user.groups].map(u32)))]),
  ]);
}
