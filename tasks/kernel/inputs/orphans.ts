/** Objects whose source is gone. Pure. */
import { entriesOf, type Scope } from './inputs.ts';
import type { BuildIndex } from './index-model.ts';

/** An object that is linked although its source is gone; paths as seen from the build directory and the source. */
export interface Orphan {
  readonly object: string;
  readonly source: string;
}

/**
 * The objects that an archive or another object takes in, and whose source is
 * gone: make, which finds the object newer than all that is left of its
 * inputs, links it without a word. (Seen on 6.1 with make 4.3.)
 *
 * @param absent files that were compiled from, and are gone
 */
export function orphans(index: BuildIndex, absent: ReadonlySet<string>, scope: Scope): Orphan[] {
  if (absent.size === 0) return [];
  const entries = entriesOf(index, scope);
  const held = new Set<number>();
  for (const entry of entries) if (entry.source < 0) for (const dep of entry.deps) held.add(dep);
  return entries.flatMap((entry) => {
    const source = index.files[entry.source] ?? '';
    if (!absent.has(source) || !held.has(entry.target)) return [];
    return [{ object: (index.files[entry.target] ?? '').slice(index.tree.build.length + 1), source: source.slice(index.tree.source.length + 1) }];
  });
}

export function orphanWords({ object, source }: Orphan): string {
  return `${source} is gone, and a makefile still names it: make links the ${object} of before`;
}
