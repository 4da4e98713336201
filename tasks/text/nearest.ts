/** What a misspelt name was probably meant to be. Pure. */
import { closest, distance } from 'fastest-levenshtein';

/** The known name that is most like `name`; `undefined` where none is: more than half of it would have to be changed. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const best = closest(name, known);
  return distance(name, best) <= Math.max(1, name.length / 2) ? best : undefined;
}
