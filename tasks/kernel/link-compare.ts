/** Compares two ELF files section by section. Pure. */

interface Section {
  readonly name: string;
  readonly content: Buffer;
}

const nobits = 8;

/** The sections of a 64-bit little-endian ELF file (elf(5)); empty where it is none. */
export function sections(file: Buffer): Section[] {
  if (file.length < 64 || file.toString('latin1', 0, 4) !== '\x7fELF' || file[4] !== 2 || file[5] !== 1) return [];
  const table = Number(file.readBigUInt64LE(40));
  const [size, count, names] = [file.readUInt16LE(58), file.readUInt16LE(60), file.readUInt16LE(62)];
  const header = (i: number) => {
    const at = table + i * size;
    return { name: file.readUInt32LE(at), type: file.readUInt32LE(at + 4), offset: Number(file.readBigUInt64LE(at + 24)), size: Number(file.readBigUInt64LE(at + 32)) };
  };
  if (count === 0 || table + count * size > file.length) return [];
  const strings = header(names);
  return Array.from({ length: count }, (_, i) => {
    const { name, type, offset, size: length } = header(i);
    const start = strings.offset + name;
    return {
      name: file.toString('latin1', start, file.indexOf(0, start)),
      content: type === nobits ? Buffer.from(String(length)) : file.subarray(offset, offset + length),
    };
  });
}

/** In words, in what two files differ; empty where they are the same byte for byte. */
export function differences(a: Buffer, b: Buffer): string[] {
  if (a.equals(b)) return [];
  const [left, right] = [sections(a), sections(b)];
  if (left.length !== right.length) return [`${left.length} sections and ${right.length}`];
  const found = left.flatMap((section, i) => {
    const other = right[i];
    if (other === undefined || other.name !== section.name) return [`${section.name} is ${other?.name ?? 'missing'}`];
    if (section.content.equals(other.content)) return [];
    const at = section.content.findIndex((byte, k) => byte !== other.content[k]);
    return [`${section.name}: ${section.content.length} and ${other.content.length} bytes, first different at ${at < 0 ? section.content.length : at}`];
  });
  return found.length > 0 ? found : ['their headers'];
}
