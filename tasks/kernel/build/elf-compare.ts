/** Compares two ELF files section by section. Pure. */
import { elfSections } from '../../host/elf.ts';

interface Section {
  readonly name: string;
  readonly content: Buffer;
}

const nobits = 8;

/** The sections of a 64-bit little-endian ELF file; empty where it isn't one. */
export function sections(file: Buffer): Section[] {
  return elfSections((offset, size) => file.subarray(offset, offset + size)).map(({ name, type, offset, size }) => ({
    name, content: type === nobits ? Buffer.from(String(size)) : file.subarray(offset, offset + size),
  }));
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
  if (left.length === 0 || left.length !== right.length) return [`${left.length} sections instead of ${right.length}`];
  return left.flatMap((section, i) => {
    const other = right[i];
    if (other === undefined || other.name !== section.name) return [`${section.name} is ${other?.name ?? 'missing'}`];
    if (section.content.equals(other.content) || hashes.has(section.name)) return [];
    const at = section.content.findIndex((byte, k) => byte !== other.content[k]);
    return [`${section.name}: ${section.content.length} and ${other.content.length} bytes, first difference at ${at < 0 ? section.content.length : at}`];
  });
}
