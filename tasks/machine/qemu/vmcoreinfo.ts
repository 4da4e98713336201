/**
 * What a kernel tells those who read its memory (VMCOREINFO: its release, where
 * it lies, sizes), put into a kdump file. QEMU has it from a guest that was given
 * a device for it and has the driver; a kernel with CONFIG_PROC_KCORE or
 * CONFIG_KEXEC has it in its memory in any case, at a page's beginning
 * (kernel/crash_core.c). drgn opens no file without it. Pure.
 */
import { inflateSync } from 'node:zlib';
import { withoutCpuNumbers } from './cpu-notes.ts';

export interface KdumpFile {
  /** Bytes. */
  readonly size: number;
  read(at: number, size: number): Buffer;
  write(bytes: Buffer, at: number): void;
}

/** The file's header (makedumpfile's diskdump_mod.h), and its second part, a block further on. */
const header = { blockSize: 428, partBlocks: 432, bitmapBlocks: 436, bytes: 440 } as const;
const part = { infoAt: 32, infoSize: 40, notesAt: 48, notesSize: 56 } as const;
/** uname's fields, which QEMU leaves empty but for the machine's: libkdumpfile 0.5.1 knows no machine by that alone. */
const uname = { system: 12, release: 142, version: 207 } as const;
/** Of each page: where it is, its size, how it is packed; 1: by zlib. */
const entryBytes = 24;
const packedByZlib = 1;
/** Packed, a page of such text has fewer bytes. */
const mostPacked = 3000;
/** Pages that are looked at before others have their turn. */
const atOnce = 500;

const isInfo = (text: string) => text.startsWith('OSRELEASE=') && /\nPAGESIZE=\d/.test(text) && text.includes('\nSYMBOL(');

/** @returns whether the file has it now */
export async function addVmcoreinfo(file: KdumpFile): Promise<boolean> {
  const head = file.read(0, header.bytes);
  const block = head.readUInt32LE(header.blockSize);
  const field = (at: number) => Number(file.read(block + at, 8).readBigUInt64LE());
  const notes = withoutCpuNumbers(file.read(field(part.notesAt), field(part.notesSize)));
  file.write(notes, field(part.notesAt));
  if (field(part.infoSize) > 0) return true;
  const info = await findInfo(file, block * (1 + head.readUInt32LE(header.partBlocks) + head.readUInt32LE(header.bitmapBlocks)));
  if (info === undefined) return false;
  // crash reads it by its place, libkdumpfile as one of the notes (of files of version 4 and newer): they get a new place.
  const { head: noteHead, tail } = noteAround(info);
  file.write(Buffer.concat([notes, noteHead, info, tail]), file.size);
  const places = Buffer.alloc(32);
  [file.size + notes.length + noteHead.length, info.length, file.size, notes.length + noteHead.length + info.length + tail.length]
    .forEach((value, i) => places.writeBigUInt64LE(BigInt(value), 8 * i));
  file.write(places, block + part.infoAt);
  file.write(Buffer.from('Linux'), uname.system);
  file.write(Buffer.from(/^OSRELEASE=(.{1,64})/.exec(info.toString())?.[1] ?? ''), uname.release);
  file.write(Buffer.from('(not told)'), uname.version);
  return true;
}

/** A note of ELF's: the sizes of its name and its text, a type, the name; each part ends at a multiple of 4. */
function noteAround(text: Buffer): { readonly head: Buffer; readonly tail: Buffer } {
  const name = 'VMCOREINFO\0';
  const head = Buffer.alloc(12 + 4 * Math.ceil(name.length / 4));
  head.writeUInt32LE(name.length, 0);
  head.writeUInt32LE(text.length, 4);
  head.write(name, 12);
  return { head, tail: Buffer.alloc(-text.length & 3) };
}

/** @param table where the entries of pages begin; the pages follow them */
async function findInfo(file: KdumpFile, table: number): Promise<Buffer | undefined> {
  const first = Number(file.read(table, 8).readBigUInt64LE());
  for (let at = table; at < first; at += entryBytes * atOnce) {
    const entries = file.read(at, Math.min(entryBytes * atOnce, first - at));
    for (let i = 0; i + entryBytes <= entries.length; i += entryBytes) {
      const [size, how] = [entries.readUInt32LE(i + 8), entries.readUInt32LE(i + 12)];
      if (how !== packedByZlib || size > mostPacked) continue;
      const page = unpacked(file.read(Number(entries.readBigUInt64LE(i)), size));
      if (page !== undefined && isInfo(page.toString('latin1'))) return page.subarray(0, page.indexOf(0) < 0 ? page.length : page.indexOf(0));
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return undefined;
}

function unpacked(bytes: Buffer): Buffer | undefined {
  try {
    return inflateSync(bytes);
  } catch {
    return undefined;
  }
}
