/**
 * Thin archives (ar(1), --thin): they hold their members' names and sizes, and
 * with an index also what each defines. After an edit all of that is mostly as
 * it was but for a size, and then it is written here, rather than by `ar`,
 * which opens every member for the index: 0.4 s of processor for vmlinux.a of
 * 6.1, more than a link takes.
 *
 * The format: `!<thin>\n`; a header of 60 bytes each; `/` is the index, `//`
 * the long names, these two with their contents. (bfd/archive.c) Pure.
 */
import { join } from 'node:path';
import { elfSections } from '../../host/elf.ts';

const magic = '!<thin>\n';
const headerSize = 60;
const sizeAt = 48;
const sizeLength = 10;
/** Above so many changed members of an archive with an index, reading what each defines takes longer than `ar`. */
const mostRead = 40;

/** An object that was compiled anew. */
export interface NewObject {
  readonly size: number;
  /** Asked for only where the archive has an index. */
  read(): Buffer;
}

interface Member {
  /** Where its header is: so the index names it. */
  readonly at: number;
  readonly path: string;
}

interface Parsed {
  readonly members: readonly Member[];
  /** The contents of the index; `undefined` where there is none. */
  readonly index: Buffer | undefined;
}

/**
 * The archive as `ar` would make it anew from the same list of members.
 *
 * @param dir the archive's own directory, absolute: members are named from there
 * @param changed the objects that changed, by their absolute paths
 * @returns `undefined` where only `ar` can tell: it isn't a thin archive, none of the changed is in it, an object defines other symbols than before, or `ar` is quicker
 */
export function refreshed(archive: Buffer, dir: string, changed: ReadonlyMap<string, NewObject>): Buffer | undefined {
  const parsed = parse(archive);
  if (parsed === undefined) return undefined;
  const found = parsed.members.flatMap(({ at, path }) => {
    const object = changed.get(join(dir, path));
    return object === undefined ? [] : [{ at, object }];
  });
  if (found.length === 0 || (parsed.index !== undefined && found.length > mostRead)) return undefined;
  const known = parsed.index === undefined ? undefined : definedByMember(parsed.index, new Set(found.map(({ at }) => at)));
  if (parsed.index !== undefined && known === undefined) return undefined;
  const result = Buffer.from(archive);
  for (const { at, object } of found) {
    if (known !== undefined) {
      const defined = definedBy(object.read());
      if (defined === undefined || (known.get(at) ?? []).join('\n') !== defined.join('\n')) return undefined;
    }
    result.write(String(object.size).padEnd(sizeLength), at + sizeAt, 'latin1');
  }
  return result;
}

function parse(archive: Buffer): Parsed | undefined {
  if (archive.toString('latin1', 0, magic.length) !== magic) return undefined;
  const members: Member[] = [];
  let index: Buffer | undefined;
  let names: Buffer = Buffer.alloc(0);
  for (let at = magic.length; at < archive.length;) {
    if (at + headerSize > archive.length || archive.toString('latin1', at + 58, at + 60) !== '`\n') return undefined;
    const name = archive.toString('latin1', at, at + 16).trimEnd();
    const contents = at + headerSize;
    if (name === '/' || name === '//') {
      const size = Number(archive.toString('latin1', at + sizeAt, at + sizeAt + sizeLength));
      if (!Number.isInteger(size) || contents + size > archive.length) return undefined;
      const held = archive.subarray(contents, contents + size);
      if (name === '/') index = held; else names = held;
      at = contents + size + (size % 2);
      continue;
    }
    // Where a name was cut before it went into the list, its last character may be left here.
    const start = /^\/(\d+)(?: +\/)?$/.exec(name)?.[1];
    const end = start === undefined ? -1 : names.indexOf('/\n', Number(start));
    // Thin archives have all of their names in the list; another index, of 64 bits, is not known here.
    if (start === undefined || end < 0) return undefined;
    members.push({ at, path: names.toString('utf8', Number(start), end) });
    at = contents;
  }
  return { members, index };
}

/** The index: a count, each symbol's member, then the names; numbers of 32 bits, the high byte first. Of the wanted members alone. */
function definedByMember(index: Buffer, wanted: ReadonlySet<number>): Map<number, string[]> | undefined {
  if (index.length < 4) return undefined;
  const count = index.readUInt32BE(0);
  const found = new Map<number, string[]>();
  // No text for each of 60,000 names: of a member there are few, and one after the other.
  let [at, passed] = [4 + 4 * count, 0];
  if (at > index.length) return undefined;
  for (let i = 0; i < count; i++) {
    const member = index.readUInt32BE(4 + 4 * i);
    if (!wanted.has(member)) continue;
    while (passed < i && at < index.length) if (index[at++] === 0) passed++;
    const end = index.indexOf(0, at);
    if (passed < i || end < 0) return undefined;
    const name = index.toString('latin1', at, end);
    const list = found.get(member);
    if (list === undefined) found.set(member, [name]);
    else list.push(name);
  }
  return found;
}

/** The names that an object puts into an index, in its own order: global, weak and unique ones that are not undefined. (bfd/archive.c, _bfd_compute_and_write_armap) */
function definedBy(object: Buffer): string[] | undefined {
  const sections = elfSections((offset, size) => object.subarray(offset, offset + size));
  const table = sections.find(({ type }) => type === 2);
  const strings = table === undefined ? undefined : sections[table.link];
  if (table === undefined || strings === undefined) return undefined;
  const names: string[] = [];
  for (let at = table.offset; at + 24 <= table.offset + table.size; at += 24) {
    const bind = object.readUInt8(at + 4) >> 4;
    if (object.readUInt16LE(at + 6) === 0 || ![1, 2, 10].includes(bind)) continue;
    const start = strings.offset + object.readUInt32LE(at);
    names.push(object.toString('latin1', start, object.indexOf(0, start)));
  }
  return names;
}
