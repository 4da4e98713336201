/** What a finished build rests on and nothing vouches for, in words. Pure. */
import { entriesOf, type Scope } from './inputs.ts';
import type { BuildIndex } from './index-model.ts';

/**
 * The objects whose source is gone, and the `.cmd` files that cannot be read.
 *
 * An object that an archive or another object takes in, and whose source is
 * gone, make finds newer than all that is left of its inputs: it links it
 * without a word. (Seen on 6.1 with make 4.3.) From a `.cmd` file that cannot be
 * read kloop learns no input.
 *
 * @param absent files that were compiled from, and are gone
 */
export function doubts(index: BuildIndex, absent: ReadonlySet<string>, scope: Scope): string[] {
  const { source, build } = index.tree;
  const broken = index.entries.flatMap(({ broken, path }) => (broken ? [`${path.slice(build.length + 1)} cannot be read: edits to the files it lists are not noticed`] : []));
  if (absent.size === 0) return broken;
  const entries = entriesOf(index, scope);
  const held = new Set<number>();
  for (const entry of entries) if (entry.source < 0) for (const dep of entry.deps) held.add(dep);
  const orphans = entries.flatMap((entry) => {
    const gone = index.files[entry.source] ?? '';
    if (!absent.has(gone) || !held.has(entry.target)) return [];
    const object = (index.files[entry.target] ?? '').slice(build.length + 1);
    return [`${gone.slice(source.length + 1)} was removed, but a makefile still names it: make links the old ${object}`];
  });
  return [...orphans, ...broken];
}
