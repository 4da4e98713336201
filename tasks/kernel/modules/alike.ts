/**
 * Whether depmod would list a module just as it has listed another: the same names of
 * symbols, lacked and had, and the same `.modinfo`. It goes by nothing else of a module.
 * (kmod, libkmod/libkmod-elf.c) Pure.
 */
import { elfSections } from '../../host/elf.ts';

/** What depmod reads as it is; `.strtab` has the names of the symbols. */
const read = ['.modinfo', '__versions', '__ksymtab_strings', '.strtab'];

/** Two 64-bit modules, low byte first; of anything else, and of what is cut off, it is not known, and so they are not alike. */
export function listedAlike(before: Buffer, now: Buffer): boolean {
  const [a, b] = [contents(before), contents(now)];
  return read.every((name) => (a.get(name) ?? Buffer.alloc(0)).equals(b.get(name) ?? Buffer.alloc(0))) && sameSymbols(a.get('.symtab'), b.get('.symtab'));
}

/** Of its sections. A module is linked again from others: no name comes twice of those that matter here. */
function contents(module: Buffer): Map<string, Buffer> {
  const part = (offset: number, size: number) => module.subarray(offset, offset + size);
  return new Map(elfSections(part).map(({ name, offset, size }) => [name, part(offset, size)]));
}

const symbolSize = 24;

/** The same names in the same order, and each lacked, local or exported as it was. Where they are, and how long, is of no matter. */
function sameSymbols(a: Buffer | undefined, b: Buffer | undefined): boolean {
  if (a === undefined || b?.length !== a.length) return false;
  for (let at = 0; at + symbolSize <= a.length; at += symbolSize) {
    if (a.readUInt32LE(at) !== b.readUInt32LE(at) || a[at + 4] !== b[at + 4] || (a.readUInt16LE(at + 6) === 0) !== (b.readUInt16LE(at + 6) === 0)) return false;
  }
  return true;
}
