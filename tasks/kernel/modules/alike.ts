/**
 * Whether depmod would list a module just as it has listed another: the same names of
 * symbols, lacked and had, and the same `.modinfo`. It goes by nothing else of a module.
 * (kmod, libkmod/libkmod-elf.c) Pure.
 */

/** What depmod reads as it is; `.strtab` has the names of the symbols. */
const read = ['.modinfo', '__versions', '__ksymtab_strings', '.strtab'];

/** Two 64-bit modules, low byte first; of anything else it is not known, and so they are not alike. */
export function listedAlike(before: Buffer, now: Buffer): boolean {
  try {
    const [a, b] = [sectionsOf(before), sectionsOf(now)];
    if (a === undefined || b === undefined) return false;
    return read.every((name) => (a.get(name) ?? Buffer.alloc(0)).equals(b.get(name) ?? Buffer.alloc(0))) && sameSymbols(a.get('.symtab'), b.get('.symtab'));
  } catch {
    return false; // cut off
  }
}

/** By name. A module is linked again from others: no name comes twice of those that matter here. */
function sectionsOf(elf: Buffer): Map<string, Buffer> | undefined {
  if (elf.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return undefined;
  const at = Number(elf.readBigUInt64LE(0x28));
  const [size, count, names] = [elf.readUInt16LE(0x3a), elf.readUInt16LE(0x3c), elf.readUInt16LE(0x3e)];
  const section = (i: number) => {
    const header = at + i * size;
    const offset = Number(elf.readBigUInt64LE(header + 0x18));
    return { name: elf.readUInt32LE(header), bytes: elf.subarray(offset, offset + Number(elf.readBigUInt64LE(header + 0x20))) };
  };
  const { bytes: texts } = section(names);
  const found = new Map<string, Buffer>();
  for (let i = 1; i < count; i++) {
    const { name, bytes } = section(i);
    found.set(texts.toString('latin1', name, texts.indexOf(0, name)), bytes);
  }
  return found;
}

const symbolSize = 24;

/** The same names in the same order, and each lacked, local or exported as it was. Where they are, and how long, is of no matter. */
function sameSymbols(a: Buffer | undefined, b: Buffer | undefined): boolean {
  if (a === undefined || b?.length !== a.length) return false;
  for (let at = 0; at < a.length; at += symbolSize) {
    if (a.readUInt32LE(at) !== b.readUInt32LE(at) || a[at + 4] !== b[at + 4] || (a.readUInt16LE(at + 6) === 0) !== (b.readUInt16LE(at + 6) === 0)) return false;
  }
  return true;
}
