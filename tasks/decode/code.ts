/** Functions in ELF files of x86-64: where they are, what their code is, and whether two are the same. Pure. */
import { elfSections, textAt, type ElfSection, type ReadAt } from '../host/elf.ts';

export interface CodeSymbol {
  readonly name: string;
  /** In an object, from its section's start. */
  readonly value: bigint;
  /** Bytes. */
  readonly size: number;
  readonly section: number;
  /** The source file that a local one stands under, by its last name. */
  readonly file: string | undefined;
}

export interface CodeFile {
  readonly sections: readonly ElfSection[];
  /** The functions, as the table has them. */
  readonly functions: readonly CodeSymbol[];
  readonly read: ReadAt;
}

const symbolSize = 24;
const relocationSize = 24;
const types = { symtab: 2, rela: 4, function: 2, file: 4 } as const;

export function codeFile(read: ReadAt): CodeFile {
  const sections = elfSections(read);
  const table = sections.find((section) => section.type === types.symtab);
  const names = table === undefined ? undefined : sections[table.link];
  if (table === undefined || names === undefined) return { sections, functions: [], read };
  const entries = read(table.offset, table.size);
  const strings = read(names.offset, names.size);
  const functions: CodeSymbol[] = [];
  let file: string | undefined;
  for (let at = 0; at + symbolSize <= entries.length; at += symbolSize) {
    const info = entries.readUInt8(at + 4);
    if ((info & 0xf) === types.file) file = textAt(strings, entries.readUInt32LE(at));
    if ((info & 0xf) !== types.function) continue;
    functions.push({
      name: textAt(strings, entries.readUInt32LE(at)), value: entries.readBigUInt64LE(at + 8), size: Number(entries.readBigUInt64LE(at + 16)),
      section: entries.readUInt16LE(at + 6), file: info >> 4 === 0 ? file : undefined,
    });
  }
  return { sections, functions, read };
}

/** Whether the file can tell lines by itself. */
export const hasLines = ({ sections }: CodeFile): boolean =>
  ['.debug_line', '.debug_info'].every((name) => sections.some((section) => section.name === name && section.size > 0));

function codeOf(file: CodeFile, symbol: CodeSymbol): Buffer {
  const section = file.sections[symbol.section];
  return section === undefined ? Buffer.alloc(0) : file.read(section.offset + Number(symbol.value - section.address), symbol.size);
}

/** How many bytes a relocation fills in: R_X86_64_64 and _PC64 eight, _8 and _PC8 one, _16 and _PC16 two, the others four. */
const widths: Readonly<Record<number, number>> = { 1: 8, 24: 8, 12: 2, 13: 2, 14: 1, 15: 1 };

/** The bytes of an object's function that only the linker knows: [offset from its start, how many]. */
function unknownBytes(object: CodeFile, symbol: CodeSymbol): (readonly [at: number, count: number])[] {
  const start = Number(symbol.value);
  return object.sections.filter((section) => section.type === types.rela && section.info === symbol.section).flatMap((section) => {
    const entries = object.read(section.offset, section.size);
    const found: (readonly [number, number])[] = [];
    for (let at = 0; at + relocationSize <= entries.length; at += relocationSize) {
      const offset = Number(entries.readBigUInt64LE(at)) - start;
      if (offset >= 0 && offset < symbol.size) found.push([offset, widths[entries.readUInt32LE(at + 8)] ?? 4]);
    }
    return found;
  });
}

/** Whether an object's function is the linked one, byte for byte, but for what the linker fills in. */
export function isSameCode(object: CodeFile, symbol: CodeSymbol, linked: CodeFile, there: CodeSymbol): boolean {
  if (symbol.size === 0 || symbol.size !== there.size) return false;
  const [ours, theirs] = [Buffer.from(codeOf(object, symbol)), Buffer.from(codeOf(linked, there))];
  if (ours.length !== symbol.size || theirs.length !== there.size) return false;
  for (const [at, count] of unknownBytes(object, symbol)) {
    ours.fill(0, at, at + count);
    theirs.fill(0, at, at + count);
  }
  return ours.equals(theirs);
}

/** A function's size in a trace is the way to the next symbol: what fills up to it may be so much. Bytes. */
const mostPadding = 64;

/** The one function that a frame can mean; `undefined` where there are two, or none. */
export function namedFunction(file: CodeFile, frame: { readonly function: string; readonly size: number }): CodeSymbol | undefined {
  const found = file.functions.filter(({ name, size }) => name === frame.function && size <= frame.size && frame.size <= size + mostPadding);
  return found.length === 1 ? found[0] : undefined;
}

/**
 * The last names of the source files that a linked function may come from: a
 * local one's own; for others those of the local ones next to it, for an
 * object's functions stay together.
 */
export function sourceNames(linked: CodeFile, symbol: CodeSymbol): string[] {
  if (symbol.file !== undefined) return [symbol.file];
  let before: CodeSymbol | undefined;
  let after: CodeSymbol | undefined;
  for (const other of linked.functions) {
    if (other.file === undefined || other.section !== symbol.section) continue;
    if (other.value <= symbol.value) before = before === undefined || other.value > before.value ? other : before;
    else after = after === undefined || other.value < after.value ? other : after;
  }
  return [...new Set([before?.file, after?.file].filter((name) => name !== undefined))];
}
