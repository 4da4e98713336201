/** Where the kernel's own tests are built and installed: below STATE_DIR, never in the kernel's tree. Pure. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';

export interface SelftestPlace {
  /** The kernel's source. */
  readonly tree: string;
  /** The O= directory of the headers and the tests; not the kernel's. */
  readonly out: string;
  /** The collections are installed below it, each with a list of its tests. */
  readonly installed: string;
}

export function selftestPlace(stateDir: string, tree: string): SelftestPlace {
  const dir = join(stateDir, 'checks', createHash('sha256').update(tree).digest('hex').slice(0, 12));
  return { tree, out: join(dir, 'out'), installed: join(dir, 'installed') };
}

/** A collection's target. Its name is a part of file names. */
export const testsName = (collection: string): string => `tests-${collection.replaceAll('/', '+')}`;

/** What a collection is installed to: its tests are in a directory of the collection's own name, as kselftest has it. */
export const installDir = (place: SelftestPlace, collection: string): string => join(place.installed, collection.replaceAll('/', '+'));

/** The lines `COLLECTION:PROGRAM` that kselftest's makefile leaves. */
export const listPath = (place: SelftestPlace, collection: string): string => join(installDir(place, collection), 'kselftest-list.txt');

/** The programs of a list. */
export function programsOf(list: string): string[] {
  return list.split('\n').flatMap((line) => {
    const colon = line.indexOf(':');
    return colon < 0 ? [] : [line.slice(colon + 1).trim()];
  }).filter((name) => name !== '');
}
