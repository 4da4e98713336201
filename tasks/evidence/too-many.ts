/** Which evidence is dropped: the oldest, of more than so many, or of more than so much. Pure. */

export interface Stored {
  readonly name: string;
  /** Of all its files. */
  readonly bytes: number;
}

export const limits = { directories: 20, bytes: 64 << 20 } as const;

/** `20261126-152009`, and `-2` where there is another of this second. One that a person has named otherwise is theirs. */
const ownName = /^(\d{8}-\d{6})(?:-(\d+))?$/;

export const isOwnName = (name: string) => ownName.test(name);

/** @param ms since 1970 @param which from 1: of those in the same second */
export function nameFor(ms: number, which: number): string {
  const time = new Date(ms).toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return which === 1 ? time : `${time}-${which}`;
}

/** Oldest first. */
export function byAge(a: string, b: string): number {
  const [[aTime, aWhich], [bTime, bWhich]] = [partsOf(a), partsOf(b)];
  return aTime < bTime ? -1 : aTime > bTime ? 1 : aWhich - bWhich;
}

function partsOf(name: string): [time: string, which: number] {
  const [, time = name, which = '1'] = ownName.exec(name) ?? [];
  return [time, Number(which)];
}

/** Those that go; never the newest. */
export function tooMany(stored: readonly Stored[], most: { readonly directories: number; readonly bytes: number } = limits): string[] {
  const newestFirst = stored.filter(({ name }) => isOwnName(name)).sort((a, b) => byAge(b.name, a.name));
  let bytes = 0;
  return newestFirst.filter((one, index) => {
    bytes += one.bytes;
    return index > 0 && (index >= most.directories || bytes > most.bytes);
  }).map(({ name }) => name);
}
