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

/** Sections that hold a hash of all the others. */
const hashes = new Set(['.notes', '.note.gnu.build-id']);

/** The kernel's version text, number and date: '#12 SMP Mon Nov 23 11:12:07 UTC 2026'. */
function versionText(file: Buffer): string | undefined {
  // There is a second banner, without number and date, that the real one overrides.
  for (let at = file.indexOf('Linux version '); at >= 0; at = file.indexOf('Linux version ', at + 1)) {
    const text = / (#\d+ .*)$/.exec(file.toString('latin1', at, at + 512).split('\n')[0] ?? '')?.[1];
    if (text !== undefined) return text;
  }
  return undefined;
}

/** The file with its version text blotted out, where it has one of that length. */
function withoutVersion(file: Buffer): Buffer {
  const text = versionText(file);
  if (text === undefined) return file;
  const copy = Buffer.from(file);
  for (let at = copy.indexOf(text); at >= 0; at = copy.indexOf(text, at)) copy.fill('x', at, at + text.length);
  return copy;
}

/** In words, in what two kernels differ besides their build's number and date; empty where they do not. */
export function differences(a: Buffer, b: Buffer): string[] {
  if (a.equals(b)) return [];
  const [left, right] = [sections(withoutVersion(a)), sections(withoutVersion(b))];
  if (left.length === 0 || left.length !== right.length) return [`${left.length} sections and ${right.length}`];
  return left.flatMap((section, i) => {
    const other = right[i];
    if (other === undefined || other.name !== section.name) return [`${section.name} is ${other?.name ?? 'missing'}`];
    if (section.content.equals(other.content) || hashes.has(section.name)) return [];
    const at = section.content.findIndex((byte, k) => byte !== other.content[k]);
    return [`${section.name}: ${section.content.length} and ${other.content.length} bytes, first different at ${at < 0 ? section.content.length : at}`];
  });
}
