/** A tree's kselftest folders. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { nearest } from '../../text/nearest.ts';
import { textOf } from '../../host/files.ts';
import type { Result } from '../../report/failure.ts';
import { checkFailure } from '../reasons.ts';

const selftests = 'tools/testing/selftests';
/** The deepest are three levels down: drivers/net/bonding. One more for what is to come. */
const mostLevels = 4;

/** All of them, by their names from tools/testing/selftests/. A folder has a makefile with tests. */
export function selftestFolders(tree: string): string[] {
  const found: string[] = [];
  const visit = (folder: string, level: number) => {
    if (isFolder(tree, folder)) found.push(folder);
    if (level === mostLevels) return;
    for (const name of directoriesIn(join(tree, selftests, folder))) visit(folder === '' ? name : `${folder}/${name}`, level + 1);
  };
  visit('', 0);
  return found.sort();
}

function isFolder(tree: string, folder: string): boolean {
  const makefile = folder === '' ? undefined : textOf(join(tree, selftests, folder, 'Makefile'));
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
export function checkFolder(tree: string, folder: string): Result<void> {
  if (isFolder(tree, folder)) return undefined;
  const folders = selftestFolders(tree);
  const below = folders.filter((one) => one.startsWith(`${folder}/`));
  const isThere = statSync(join(tree, selftests, folder), { throwIfNoEntry: false })?.isDirectory() ?? false;
  // 'mptcp' for net/mptcp, before what is spelt alike.
  const byLast = folders.find((one) => one.endsWith(`/${folder}`));
  return checkFailure({ reason: 'no-selftest', folder, tree, why: isThere ? 'no-makefile' : 'missing', nearest: byLast ?? (below.length > 0 ? undefined : nearest(folder, folders)), below });
}
