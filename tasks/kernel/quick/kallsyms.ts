/**
 * The kernel's table of its own symbols, put into a linked kernel.
 *
 * scripts/link-vmlinux.sh links with a table of the right size, makes the
 * right one from what came out, and links all of it again only for that
 * table's contents. Where the two tables differ in nothing but contents, the
 * second link gives what the first one gave, with these bytes instead of
 * those; and with another build id, which is a hash of it all. So they are
 * written into the first one. Nothing here is taken for granted: the old
 * table has to be found in the kernel, once, and the hash of the kernel as it
 * is has to be the build id that the linker wrote.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { elfSections, type ElfSection } from '../../host/elf.ts';
import { readAt } from '../../host/files.ts';

/** Reads `size` bytes at `offset`, fewer at the file's end; into a buffer of the caller's, where it gives one that is large enough. */
type ReadAt = (offset: number, size: number, into?: Buffer) => Buffer;

/** Bytes to write, and where. */
interface Write {
  readonly at: number;
  readonly bytes: Buffer;
}

const sectionType = { contents: 1, relocations: 4, notes: 7, nothing: 8 } as const;
const chunkSize = 1 << 20;

/**
 * Puts the table `wanted` where a kernel was linked with `linked`. Both are
 * paths of objects (`.tmp_kallsyms2.o` and its like).
 *
 * @returns whether it is done; if not, the kernel is as it was, and has to be linked again
 */
export function putTable(kernel: string, linked: string, wanted: string): boolean {
  let file: number | undefined;
  try {
    const before = readFileSync(linked);
    const after = readFileSync(wanted);
    const opened = openSync(kernel, 'r+');
    file = opened;
    const writes = planWrites((offset, size, into) => readAt(opened, offset, size, into), before, after);
    for (const { at, bytes } of writes ?? []) writeSync(opened, bytes, 0, bytes.length, at);
    return writes !== undefined;
  } catch {
    // There is no such table, or no room on the disk: the link says so itself.
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** What has to be written; `undefined` where that is not known for certain. Reads, and changes nothing. */
export function planWrites(kernel: ReadAt, linked: Buffer, wanted: Buffer): Write[] | undefined {
  const runs = differingTable(linked, wanted);
  if (runs === undefined) return undefined;
  const sections = elfSections(kernel);
  const place = placeOf(kernel, sections, runs.map(({ at, before }) => ({ at, bytes: before })));
  if (place === undefined) return undefined;
  const writes = runs.map(({ at, after }) => ({ at: place + at, bytes: after }));
  const id = buildIdNote(kernel, sections);
  if (id === undefined) return writes;
  const style = { 16: 'md5', 20: 'sha1' }[id.value.length];
  if (style === undefined) return undefined;
  for (const hashes of [gnuHashes, lldHashes]) {
    const [now, then] = hashes(kernel, { sections, note: id, writes, style });
    if (now.equals(id.value)) return [...writes, { at: id.at + id.size - id.value.length, bytes: then }];
  }
  return undefined;
}

interface Run {
  /** From the beginning of the section. */
  readonly at: number;
  readonly before: Buffer;
  readonly after: Buffer;
}

/** The table in both objects, without the places that the linker fills in; `undefined` where they differ in more than that. */
function differingTable(linked: Buffer, wanted: Buffer): Run[] | undefined {
  if (linked.length !== wanted.length) return undefined;
  const sections = elfSections((offset, size) => linked.subarray(offset, offset + size));
  const tables = sections.filter(({ type, size }) => type === sectionType.contents && size > 0);
  const [table] = tables;
  if (tables.length !== 1 || table === undefined) return undefined;
  const end = table.offset + table.size;
  if (!linked.subarray(0, table.offset).equals(wanted.subarray(0, table.offset)) || !linked.subarray(end).equals(wanted.subarray(end))) return undefined;
  const filledIn = sections.filter(({ type, info }) => type === sectionType.relocations && sections[info] === table)
    .flatMap(({ offset, size }) => Array.from({ length: Math.floor(size / 24) }, (_, i) => Number(linked.readBigUInt64LE(offset + i * 24))))
    .sort((a, b) => a - b);
  const runs: Run[] = [];
  let start = 0;
  for (const at of [...filledIn, table.size]) {
    if (at > start) runs.push({ at: start, before: linked.subarray(table.offset + start, table.offset + at), after: wanted.subarray(table.offset + start, table.offset + at) });
    // No relocation of x86-64 is wider.
    start = Math.max(start, at + 8);
  }
  return runs;
}

/** Where in the kernel's file a table lies, of which these parts are known; `undefined` where it is not there once. */
function placeOf(kernel: ReadAt, sections: readonly ElfSection[], parts: readonly Write[]): number | undefined {
  const longest = parts.reduce<Write | undefined>((best, part) => (best === undefined || part.bytes.length > best.bytes.length ? part : best), undefined);
  if (longest === undefined) return undefined;
  const found: number[] = [];
  const overlap = longest.bytes.length - 1;
  const scratch = Buffer.allocUnsafe(chunkSize + overlap);
  for (const { name, type, offset, size } of sections) {
    if (type !== sectionType.contents || !name.startsWith('.rodata')) continue;
    const end = offset + size;
    const isThere = (start: number) => parts.every(({ at, bytes }) => start + at >= offset && start + at + bytes.length <= end && kernel(start + at, bytes.length).equals(bytes));
    for (let from = offset; from < end; from += chunkSize) {
      const chunk = kernel(from, Math.min(chunkSize + overlap, end - from), scratch);
      const starts: number[] = [];
      for (let at = chunk.indexOf(longest.bytes); at >= 0 && at < chunkSize; at = chunk.indexOf(longest.bytes, at + 1)) starts.push(from + at - longest.at);
      found.push(...starts.filter(isThere));
    }
  }
  return found.length === 1 ? found[0] : undefined;
}

interface Note {
  /** In the file. */
  readonly at: number;
  /** All of it, header and owner included. */
  readonly size: number;
  readonly value: Buffer;
}

const ownerGnu = Buffer.from('GNU\0');

function buildIdNote(kernel: ReadAt, sections: readonly ElfSection[]): Note | undefined {
  for (const { type, offset, size } of sections) {
    if (type !== sectionType.notes) continue;
    const notes = kernel(offset, size);
    for (let at = 0; at + 16 <= notes.length;) {
      const [owner, length, kind] = [notes.readUInt32LE(at), notes.readUInt32LE(at + 4), notes.readUInt32LE(at + 8)];
      const value = at + 12 + Math.ceil(owner / 4) * 4;
      const end = value + Math.ceil(length / 4) * 4;
      if (kind === 3 && owner === 4 && notes.subarray(at + 12, at + 16).equals(ownerGnu)) return { at: offset + at, size: end - at, value: notes.subarray(value, value + length) };
      at = end;
    }
  }
  return undefined;
}

interface Hashed {
  readonly sections: readonly ElfSection[];
  readonly note: Note;
  readonly writes: readonly Write[];
  readonly style: string;
}

/**
 * The build id as GNU ld counts it, of the kernel as it is and as it is to
 * be: the headers without the places of the tables, and of the sections, and
 * the contents of those that are the program's own; the note is still empty
 * then. (bfd/elfcode.h, elf_checksum_contents; ld/ldelf.c)
 */
function gnuHashes(kernel: ReadAt, { sections, note, writes, style }: Hashed): [Buffer, Buffer] {
  const [now, then] = [createHash(style), createHash(style)];
  const both = (bytes: Buffer) => { now.update(bytes); then.update(bytes); };
  const header = Buffer.from(kernel(0, 64));
  const [segmentsAt, sectionsAt] = [Number(header.readBigUInt64LE(32)), Number(header.readBigUInt64LE(40))];
  header.fill(0, 32, 48);
  both(header);
  both(kernel(segmentsAt, header.readUInt16LE(54) * header.readUInt16LE(56)));
  const scratch = Buffer.allocUnsafe(chunkSize);
  sections.forEach(({ name, type, offset, size }, i) => {
    const row = Buffer.from(kernel(sectionsAt + i * 64, 64));
    row.fill(0, 24, 32);
    both(row);
    if (type === 0 || type === sectionType.nothing || ['.symtab', '.strtab', '.shstrtab'].includes(name)) return;
    for (let at = offset; at < offset + size; at += chunkSize) {
      const chunk = kernel(at, Math.min(chunkSize, offset + size - at), scratch);
      overlay(chunk, at, { at: note.at, bytes: Buffer.alloc(note.size) });
      now.update(chunk);
      for (const write of writes) overlay(chunk, at, write);
      then.update(chunk);
    }
  });
  return [now.digest(), then.digest()];
}

/**
 * As ld.lld counts it up to version 14: of each MiB of the file a hash, and of
 * these one, the note's value being zeroes then. From 15 on the hash is another
 * one. (lld/ELF/Writer.cpp, computeHash)
 */
function lldHashes(kernel: ReadAt, { note, writes, style }: Hashed): [Buffer, Buffer] {
  const [now, then] = [createHash(style), createHash(style)];
  const scratch = Buffer.allocUnsafe(chunkSize);
  const { value } = note;
  for (let at = 0, chunk = kernel(at, chunkSize, scratch); chunk.length > 0; chunk = kernel(at += chunkSize, chunkSize, scratch)) {
    overlay(chunk, at, { at: note.at + note.size - value.length, bytes: Buffer.alloc(value.length) });
    now.update(createHash(style).update(chunk).digest());
    for (const write of writes) overlay(chunk, at, write);
    then.update(createHash(style).update(chunk).digest());
  }
  return [now.digest(), then.digest()];
}

/** Writes into a chunk what of it falls there. */
function overlay(chunk: Buffer, chunkAt: number, { at, bytes }: Write): void {
  const from = Math.max(at, chunkAt);
  const to = Math.min(at + bytes.length, chunkAt + chunk.length);
  if (from < to) bytes.copy(chunk, from - chunkAt, from - at, to - at);
}
