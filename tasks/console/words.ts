/** Splats, as a person is told of them. Pure. */
import { annotated, placeOfTitle, type Decoded } from './annotate.ts';
import type { Splat } from './splat.ts';

/** So many reports are shown in full, each up to so many lines; of the rest their titles. */
const shownInFull = 5;
const shownLines = 150;

/** Of those with one title the first, and how many there are. */
function distinct(splats: readonly Splat[]): { readonly splat: Splat; readonly times: number }[] {
  const titles = [...new Set(splats.map(({ title }) => title))];
  return titles.flatMap((title) => {
    const same = splats.filter((splat) => splat.title === title);
    return same[0] === undefined ? [] : [{ splat: same[0], times: same.length }];
  });
}

/** `WARNING in f (net/f.c:12)`, `…, 3 times`. */
export function titleWords(splat: Splat, decoded: Decoded, times = 1): string {
  const place = placeOfTitle(splat, decoded);
  return `${splat.title}${place === undefined ? '' : ` (${place})`}${times === 1 ? '' : `, ${times} times`}`;
}

/** The reports, then a line for each of them. Empty where there are none; else it ends with a newline. */
export function splatWords(splats: readonly Splat[], decoded: Decoded, log?: string): string {
  if (splats.length === 0) return '';
  const all = distinct(splats);
  const reports = all.slice(0, shownInFull).flatMap(({ splat }) => {
    const lines = annotated(splat, decoded);
    return lines.length <= shownLines ? lines : [...lines.slice(0, shownLines), `… ${lines.length - shownLines} lines more`];
  });
  return [
    ...reports,
    ...all.map(({ splat, times }) => `kloop: ${titleWords(splat, decoded, times)}`),
    ...(log === undefined ? [] : [`  Full log: ${log}`]),
    '',
  ].join('\n');
}

/** For a line: `WARNING in f and 2 more`. */
export function titlesInShort(splats: readonly Splat[]): string {
  const all = distinct(splats);
  const [first] = all;
  return first === undefined ? '' : `${first.splat.title}${all.length === 1 ? '' : ` and ${all.length - 1} more`}`;
}
