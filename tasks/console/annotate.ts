/** Reports with the source lines of their frames. Pure. */
import { parseLine } from './line.ts';
import type { Frame, Splat } from './splat.ts';

/** A line of the source, of one of the functions that are at a place. */
export interface SourceLine {
  readonly function: string;
  /** As the kernel's tree names it. */
  readonly file: string;
  readonly line: number;
}

/** By frame (`frameKey`): the function that was inlined deepest first, the one that the frame names last. */
export type Decoded = ReadonlyMap<string, readonly SourceLine[]>;

/** Two frames with the same key are the same place. */
export const frameKey = (frame: Frame): string =>
  `${frame.exact ? '!' : ''}${frame.function}+0x${frame.offset.toString(16)}/0x${frame.size.toString(16)}${frame.module === undefined ? '' : ` [${frame.module}]`}`;

const placeOf = ({ file, line }: SourceLine) => `${file}:${line}`;

/**
 * As syzbot shows them: each frame with its file and line after it, and above
 * it, a line each, the functions that the compiler put into that one. A frame
 * that is not decoded stays as it was.
 */
export function annotated(splat: Pick<Splat, 'lines' | 'frames'>, decoded: Decoded): string[] {
  const frames = new Map(splat.frames.map((frame) => [frame.line, frame]));
  return splat.lines.flatMap((text, i) => annotatedLine(text, frames.get(i), decoded));
}

function annotatedLine(text: string, frame: Frame | undefined, decoded: Decoded): string[] {
  const places = frame === undefined ? undefined : decoded.get(frameKey(frame));
  const own = places?.at(-1);
  // A WARNING has its line already.
  if (own === undefined || places === undefined || places.some((place) => text.includes(placeOf(place)))) return [text];
  const inlined = places.slice(0, -1).map((one) => ` ${one.function} ${placeOf(one)} [inline]`);
  const shown = `${text} ${placeOf(own)}`;
  return text.startsWith(' ') ? [...inlined, shown] : [shown, ...inlined];
}

/** The console's last lines, with the lines of the reports' frames. */
export function annotatedTail(tail: readonly string[], splats: readonly Pick<Splat, 'lines' | 'frames'>[], decoded: Decoded): string[] {
  const more = new Map(splats.flatMap((splat) => splat.frames.map((frame) => {
    const text = splat.lines[frame.line] ?? '';
    return [text, annotatedLine(text, frame, decoded)] as const;
  })));
  return tail.flatMap((line) => {
    const text = parseLine(line).at(-1)?.text ?? line;
    const shown = more.get(text);
    const before = line.slice(0, line.length - text.length);
    return shown === undefined ? [line] : shown.map((one) => `${before}${one}`);
  });
}

/** Where it is that the title speaks of, if that is decoded. */
export function placeOfTitle(splat: Pick<Splat, 'title' | 'frames'>, decoded: Decoded): string | undefined {
  const [, name] = / in ([\w.]+)(?:: .*)?$/.exec(splat.title) ?? [];
  if (name === undefined) return undefined;
  for (const frame of splat.frames) {
    const places = decoded.get(frameKey(frame)) ?? [];
    if (frame.function.split('.')[0] !== name) continue;
    // What a header has put into it is rarely what is wrong.
    const first = places.find(({ file }) => !file.endsWith('.h')) ?? places[0];
    if (first !== undefined) return placeOf(first);
  }
  return undefined;
}
