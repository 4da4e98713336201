/** Which objects modules are linked from. Kbuild lists them beside each module, in NAME.mod. (scripts/Makefile.build, cmd_mod) */
import { dirname, join } from 'node:path';
import { textOf } from '../../host/files.ts';
import { isUnder, type BuildDirs } from '../inputs/index-model.ts';

/**
 * The objects that NAME.mod names, as they stand in it. Up to 5.18 they are one line,
 * and the next one has the symbols that the module lacks. Pure.
 */
export function objectsNamed(text: string): string[] {
  return text.split(/\s+/).filter((word) => word.endsWith('.o'));
}

/**
 * The modules that each of these objects is linked into, by the object that the
 * module is linked from in the end: `fs/xfs/xfs.o`, for a module of many, or the
 * object itself. Absolute paths.
 *
 * A module's objects lie in its directory, or below it.
 */
export function modulesOfObjects(tree: BuildDirs, objects: readonly string[]): Map<string, string[]> {
  const dirs = new Set(objects.map((object) => dirname(object)));
  const wanted = new Set(objects);
  const found = new Map<string, string[]>();
  for (const line of (textOf(join(tree.build, 'modules.order')) ?? '').split('\n')) {
    const stem = join(tree.build, line.replace(/\.k?o$/, ''));
    if (line === '' || ![...dirs].some((dir) => isUnder(dir, dirname(stem)))) continue;
    for (const name of objectsNamed(textOf(`${stem}.mod`) ?? '')) {
      const object = join(tree.build, name);
      if (wanted.has(object)) found.set(object, [...found.get(object) ?? [], `${stem}.o`]);
    }
  }
  return found;
}
