/** ELF files (elf(5)), as far as kernels and objects need to be read. Pure. */

/** Reads `size` bytes at `offset`; fewer at the file's end. */
export type ReadAt = (offset: number, size: number) => Buffer;

export interface ElfHeader {
  /** Its class and byte order are those of x86-64: only such a file's tables are read here. */
  readonly little64: boolean;
  /** e_type: 1 an object, 2 a program at a fixed address (vmlinux), 3 one at any. */
  readonly type: number;
  /** e_machine: 62 is x86-64. */
  readonly machine: number;
}

interface ElfPart {
  readonly type: number;
  readonly offset: number;
  /** In the file. */
  readonly size: number;
}

export interface ElfSection extends ElfPart {
  readonly name: string;
  readonly link: number;
  /** Of a section of relocations: the section that they change. */
  readonly info: number;
  /** Where it is in memory; 0 in an object. */
  readonly address: bigint;
}

const headerSize = 64;

/** `undefined`: it is not an ELF file. */
export function elfHeader(read: ReadAt): ElfHeader | undefined {
  const head = read(0, headerSize);
  if (head.length < headerSize || head.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const little = head[5] === 1;
  const word = (at: number) => (little ? head.readUInt16LE(at) : head.readUInt16BE(at));
  return { little64: little && head[4] === 2, type: word(16), machine: word(18) };
}

/** The segments (program headers); none where there is no table that could be read. */
export function elfSegments(read: ReadAt): ElfPart[] {
  return rowsOf(read, { place: 32, size: 54, count: 56 }, 56).map((row) => ({
    type: row.readUInt32LE(0), offset: Number(row.readBigUInt64LE(8)), size: Number(row.readBigUInt64LE(32)),
  }));
}

/** The sections, in order; none where there is no table that could be read. */
export function elfSections(read: ReadAt): ElfSection[] {
  const rows = rowsOf(read, { place: 40, size: 58, count: 60 }, 64).map((row) => ({
    nameAt: row.readUInt32LE(0), type: row.readUInt32LE(4), offset: Number(row.readBigUInt64LE(24)), size: Number(row.readBigUInt64LE(32)), link: row.readUInt32LE(40), info: row.readUInt32LE(44), address: row.readBigUInt64LE(16),
  }));
  if (rows.length === 0) return [];
  const table = rows[read(62, 2).readUInt16LE(0)];
  const names = table === undefined ? Buffer.alloc(0) : read(table.offset, table.size);
  return rows.map(({ nameAt, ...part }) => ({ ...part, name: textAt(names, nameAt) }));
}

/** The text in a table of such that starts here and ends with a NUL. */
export function textAt(table: Buffer, start: number): string {
  const end = table.indexOf(0, start);
  return table.toString('latin1', start, end < 0 ? table.length : end);
}

/** A note (elf(5), Notes): who owns it, which of that owner's it is, and what it holds. */
interface ElfNote {
  readonly owner: string;
  readonly type: number;
  readonly value: Buffer;
}

/** Type of a segment that holds notes. */
const noteSegment = 4;
/** No kernel has more of them. Bytes. */
const mostNotes = 1 << 20;

/** All notes of a program. */
export function elfNotes(read: ReadAt): ElfNote[] {
  return elfSegments(read).filter((segment) => segment.type === noteSegment).flatMap(({ offset, size }) => notesIn(read(offset, Math.min(size, mostNotes))));
}

function notesIn(segment: Buffer): ElfNote[] {
  const notes: ElfNote[] = [];
  for (let n = 0; n + 12 <= segment.length;) {
    const nameSize = segment.readUInt32LE(n);
    const valueSize = segment.readUInt32LE(n + 4);
    const value = n + 12 + padded(nameSize);
    notes.push({
      owner: segment.toString('latin1', n + 12, n + 12 + Math.max(0, nameSize - 1)), type: segment.readUInt32LE(n + 8),
      value: segment.subarray(value, value + valueSize),
    });
    n = value + padded(valueSize);
  }
  return notes;
}

/** To a multiple of four. Not by `& ~3`, which makes a size of 2 GiB, as garbage may have it, a step back. */
const padded = (size: number) => Math.ceil(size / 4) * 4;

/** The name that the linker gave this very build (`--build-id`), in hexadecimal; `undefined` where it gave none. */
export function buildIdOf(read: ReadAt): string | undefined {
  return elfNotes(read).find(({ owner, type }) => owner === 'GNU' && type === 3)?.value.toString('hex');
}

/** A table's rows, by where the header tells its place, its rows' size and their number. */
function rowsOf(read: ReadAt, at: { place: number; size: number; count: number }, least: number): Buffer[] {
  if (elfHeader(read)?.little64 !== true) return [];
  const head = read(0, headerSize);
  const [place, size, count] = [Number(head.readBigUInt64LE(at.place)), head.readUInt16LE(at.size), head.readUInt16LE(at.count)];
  const table = read(place, size * count);
  // A file that was cut off has none of it.
  if (size < least || table.length < size * count) return [];
  return Array.from({ length: count }, (_, i) => table.subarray(i * size, (i + 1) * size));
}
