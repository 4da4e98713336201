/** Text for a reader that takes only so much: its beginning and its end, in whole lines, and how much is left out between them. Pure. */
import { withoutEscapes } from '../text/escapes.ts';

/** Characters. The beginning of an output tells what ran, the end how it went. */
interface Room {
  readonly head: number;
  readonly tail: number;
  /** Of one line. */
  readonly line: number;
}

/** Some 4,000 tokens of a language model. */
export const outputRoom: Room = { head: 4_000, tail: 12_000, line: 500 };

/**
 * @param dropped bytes that the text lacks in its middle, for nobody kept them
 * @returns the text without colours and other control characters, and without what a carriage return wrote over
 */
export function bounded(text: string, dropped = 0, room: Room = outputRoom): string {
  const lines = plainLines(text).map((line) => cut(line, room.line));
  if (lengthOf(lines) <= room.head + room.tail) return lines.join('\n');
  const first = fitting(lines, room.head);
  const last = Math.max(first, lines.length - fitting(lines.toReversed(), room.tail));
  const left = last - first;
  const bytes = dropped === 0 ? '' : ` and ${dropped} bytes`;
  return [...lines.slice(0, first), `… ${left} ${left === 1 ? 'line' : 'lines'}${bytes} left out …`, ...lines.slice(last)].join('\n');
}

/** How many of the first lines have room. */
function fitting(lines: readonly string[], room: number): number {
  let used = 0;
  const over = lines.findIndex((line) => (used += line.length + 1) > room);
  return over < 0 ? lines.length : over;
}

const lengthOf = (lines: readonly string[]) => lines.reduce((sum, line) => sum + line.length + 1, 0);

function plainLines(text: string): string[] {
  const lines = withoutEscapes(text).split('\n')
    .map((line) => line.replace(/\r+$/, '').replace(/^[^]*\r/, '').replaceAll(/[\x00-\x08\x0b-\x1f\x7f]/g, ''));
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** A line that is too long; the end of it is left out. */
export function cut(line: string, room: number): string {
  return line.length <= room ? line : `${line.slice(0, room)}… (${line.length - room} more characters)`;
}

/** The first of a list, and how many more there are. */
export function firstOf<T>(list: readonly T[], most: number): { readonly first: readonly T[]; readonly leftOut: number } {
  return { first: list.slice(0, most), leftOut: Math.max(0, list.length - most) };
}
