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
  path: 22, mptcp: 23, scheduler: 24, hosts: 25,
  command: 32, size: 33, cwd: 34, arg: 35, env: 36, user: 37,
} as const;

export const commandFlags = { tty: 1, err_apart: 2, shell: 4 } as const;

export const helloFlags = { read_only: 1, no_fuse: 2 } as const;

export interface FrameData {
  readonly type: number;
  readonly stream: number;
  readonly session: number;
  readonly payload: Buffer;
}

const headerBytes = 8;

export function encodeFrame(type: number, session: number, stream = 0, payload: Uint8Array = new Uint8Array()): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes + payload.length);
  frame.writeUInt8(type, 0);
  frame.writeUInt8(stream, 1);
  frame.writeUInt16LE(session, 2);
  frame.writeUInt32LE(payload.length, 4);
  frame.set(payload, headerBytes);
  return frame;
}

/** Cuts what arrives into frames; a frame may come in any number of parts. */
export class FrameReader {
  readonly #take: (frame: FrameData) => void;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(take: (frame: FrameData) => void) {
    this.#take = take;
  }

  push(chunk: Buffer): void {
    this.#parts.push(chunk);
    this.#size += chunk.length;
    for (let wanted = this.#wanted(); this.#size >= wanted; wanted = this.#wanted()) {
      const all = this.#whole();
      const frame = all.subarray(0, wanted);
      this.#parts = [all.subarray(wanted)];
      this.#size -= wanted;
      this.#take({
        type: frame.readUInt8(0), stream: frame.readUInt8(1), session: frame.readUInt16LE(2),
        payload: frame.subarray(headerBytes),
      });
    }
  }

  /** Bytes that the next frame has; its header's alone as long as that is not there. */
  #wanted(): number {
    if (this.#size < headerBytes) return headerBytes;
    if ((this.#parts[0]?.length ?? 0) < headerBytes) this.#whole();
    return headerBytes + (this.#parts[0]?.readUInt32LE(4) ?? 0);
  }

  #whole(): Buffer {
    const whole = this.#parts.length === 1 ? this.#parts[0] : undefined;
    if (whole !== undefined) return whole;
    const joined = Buffer.concat(this.#parts);
    this.#parts = [joined];
    return joined;
  }
}

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
    ...command.argv.map((word) => encodeField(Field.arg, word)),
    ...command.env.map((entry) => encodeField(Field.env, entry)),
    ...(user === undefined ? [] : [encodeField(Field.user, Buffer.concat([user.uid, user.gid, ...user.groups].map(u32)))]),
  ]);
}
