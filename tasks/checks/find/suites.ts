/** KUnit's suites in a tree, or in some of its directories. */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { textOf } from '../../host/files.ts';
import { mayHoldSuites, optionsOf, suiteNames, type Suite } from '../suites.ts';

/** Where no suite is that could be built for x86-64, or that is built at all. */
const left = new Set(['.git', 'tools', 'Documentation', 'scripts', 'samples', 'rust', 'LICENSES']);

/** The suites of a whole tree: takes about a second. */
export function suitesIn(tree: string): Suite[] {
  const found: Suite[] = [];
  const visit = (dir: string) => {
    for (const entry of entriesOf(join(tree, dir))) {
      const path = dir === '' ? entry.name : `${dir}/${entry.name}`;
      if (entry.isDirectory()) {
        if (dir === '' && left.has(entry.name) || dir === 'arch' && entry.name !== 'x86') continue;
        visit(path);
      } else if (mayHoldSuites(entry.name)) found.push(...suitesOf(tree, path));
    }
  };
  visit('');
  return found;
}

/** The suites in these directories, and in `tests` and `test` below them. */
export function suitesNear(tree: string, dirs: readonly string[]): Suite[] {
  const places = new Set(dirs.flatMap((dir) => [dir, join(dir, 'tests'), join(dir, 'test')]));
  return [...places].flatMap((dir) => entriesOf(join(tree, dir))
    .filter((entry) => entry.isFile() && mayHoldSuites(entry.name))
    .flatMap((entry) => suitesOf(tree, dir === '.' ? entry.name : `${dir}/${entry.name}`)));
}

function suitesOf(tree: string, file: string): Suite[] {
  const names = suiteNames(textOf(join(tree, file)) ?? '');
  if (names.length === 0) return [];
  const dir = join(tree, dirname(file));
  const options = optionsOf(textOf(join(dir, 'Makefile')) ?? textOf(join(dir, 'Kbuild')) ?? '', basename(file).replace(/\.c$/, '.o'));
  return names.map((name) => ({ name, file, options }));
}

function entriesOf(dir: string) {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch {
    return [];
  }
}
