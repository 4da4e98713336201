/** A tree's kselftest collections. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { nearest } from '../../text/nearest.ts';
import { textOf } from '../../host/files.ts';
import type { Result } from '../../report/failure.ts';
import { checkFailure } from '../reasons.ts';

const selftests = 'tools/testing/selftests';
/** The deepest are three levels down: drivers/net/bonding. One more for what is to come. */
const mostLevels = 4;

/** All of them, by their names from tools/testing/selftests/. A collection has a makefile with tests. */
export function selftestCollections(tree: string): string[] {
  const found: string[] = [];
  const visit = (collection: string, level: number) => {
    if (isCollection(tree, collection)) found.push(collection);
    if (level === mostLevels) return;
    for (const name of directoriesIn(join(tree, selftests, collection))) visit(collection === '' ? name : `${collection}/${name}`, level + 1);
  };
  visit('', 0);
  return found.sort();
}

function isCollection(tree: string, collection: string): boolean {
  const makefile = collection === '' ? undefined : textOf(join(tree, selftests, collection, 'Makefile'));
  return makefile !== undefined && /\blib\.mk\b|^\s*TEST_(?:GEN_|CUSTOM_)?PROGS\b/m.test(makefile);
}

function directoriesIn(dir: string): string[] {
  try {
    return readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch {
    return [];
  }
}

/** @returns or `no-selftest`, with what may have been meant */
export function checkCollection(tree: string, collection: string): Result<void> {
  if (isCollection(tree, collection)) return undefined;
  const collections = selftestCollections(tree);
  const below = collections.filter((one) => one.startsWith(`${collection}/`));
  const isThere = statSync(join(tree, selftests, collection), { throwIfNoEntry: false })?.isDirectory() ?? false;
  // 'mptcp' for net/mptcp, before what is spelt alike.
  const byLast = collections.find((one) => one.endsWith(`/${collection}`));
  return checkFailure({ reason: 'no-selftest', collection, tree, why: isThere ? 'no-makefile' : 'missing', nearest: byLast ?? (below.length > 0 ? undefined : nearest(collection, collections)), below });
}
