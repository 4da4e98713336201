/** The names of a vmlinux's functions, for the addresses that a wedged guest is at. Pure. */
import { elfSections, textAt, type ReadAt } from '../../host/elf.ts';

export interface KernelSymbol {
  readonly address: bigint;
  /** Bytes. */
  readonly size: bigint;
  readonly name: string;
}

/** The file with a kernel's symbols: a bzImage has none, the vmlinux that Kbuild made it from does. */
export function symbolsPath(kernel: string): string {
  return kernel.replace(/arch\/[^/]+\/boot\/bzImage$/, 'vmlinux');
}

const symbolSize = 24;
const symtab = 2;
const functionType = 2;

/** Function symbols of an ELF64 file, by address; none where it has been stripped. */
export function functionSymbols(read: ReadAt): KernelSymbol[] {
  const sections = elfSections(read);
  const symbols = sections.find((section) => section.type === symtab);
  const names = symbols === undefined ? undefined : sections[symbols.link];
  if (symbols === undefined || names === undefined) return [];
  const entries = read(symbols.offset, symbols.size);
  const strings = read(names.offset, names.size);
  const found: KernelSymbol[] = [];
  for (let at = 0; at + symbolSize <= entries.length; at += symbolSize) {
    const address = entries.readBigUInt64LE(at + 8);
    if ((entries.readUInt8(at + 4) & 0xf) !== functionType || address === 0n) continue;
    found.push({ address, size: entries.readBigUInt64LE(at + 16), name: textAt(strings, entries.readUInt32LE(at)) });
  }
  return found.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
}

/** A function of more than this is none: the address is beyond the last one. */
const longestFunction = 0x10000n;

/** As the kernel writes it, `start_kernel+0x3f/0x4a0`; `undefined` for an address in no function. */
export function nameAddress(symbols: readonly KernelSymbol[], address: bigint): string | undefined {
  let low = 0;
  let high = symbols.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((symbols[middle]?.address ?? 0n) <= address) low = middle + 1;
    else high = middle;
  }
  const symbol = symbols[low - 1];
  if (symbol === undefined || address - symbol.address > longestFunction) return undefined;
  return `${symbol.name}+0x${(address - symbol.address).toString(16)}/0x${symbol.size.toString(16)}`;
}
