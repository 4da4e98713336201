/** Splats that are expected: KNOWN_SPLATS. Pure. */
import type { Splat } from './splat.ts';

/** A title, in which `*` stands for any text. */
function matches(pattern: string, title: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(title);
}

/** Those that no pattern names. */
export function unexpected<S extends Pick<Splat, 'title'>>(splats: readonly S[], known: readonly string[]): S[] {
  return splats.filter(({ title }) => !known.some((pattern) => matches(pattern, title)));
}
