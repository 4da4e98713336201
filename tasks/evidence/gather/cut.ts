/** What is too long to be kept whole: its beginning and its end are. Pure. */
import type { ReadAt } from '../../host/elf.ts';

/** Bytes of each that are kept at most. */
interface Limits {
  readonly head: number;
  readonly tail: number;
}

export interface Cut {
  readonly data: Buffer;
  /** Bytes that were left out; a line says so where they were. */
  readonly dropped: number;
}

const newline = 0x0a;

/** Parted at lines' ends, where there are any. */
export function cut(read: ReadAt, size: number, { head, tail }: Limits): Cut {
  if (size <= head + tail) return { data: read(0, size), dropped: 0 };
  const first = read(0, head);
  const last = read(size - tail, tail);
  const begin = first.subarray(0, first.lastIndexOf(newline) + 1 || first.length);
  const end = last.subarray(last.indexOf(newline) + 1);
  const dropped = size - begin.length - end.length;
  return { data: Buffer.concat([begin, Buffer.from(leftOut(dropped, begin)), end]), dropped };
}

/** The line in the place of what is left out. */
function leftOut(bytes: number, before: Buffer): string {
  return `${before.length === 0 || before.at(-1) === newline ? '' : '\n'}… kloop left out ${bytes} bytes here …\n`;
}

/** What was read up to a limit, and may go on: without the line that was cut off. */
export function endedAt(bytes: Buffer, limit: number): Cut & { readonly more: boolean } {
  if (bytes.length <= limit) return { data: bytes, dropped: 0, more: false };
  const begin = bytes.subarray(0, bytes.subarray(0, limit).lastIndexOf(newline) + 1 || limit);
  return { data: Buffer.concat([begin, Buffer.from('… kloop left out the rest …\n')]), dropped: bytes.length - begin.length, more: true };
}
