/** How much had gone over each path at each time; and after a path was cut, how long it took until data went on. Pure. */
import type { Metered } from './meter.ts';

/** At a time: each path's totals, in the paths' order; bytes. */
export interface Point {
  /** ms; in the same clock as events. */
  readonly atMs: number;
  /** What has passed the queues. */
  readonly down: readonly number[];
  readonly up: readonly number[];
  /** What TCP has carried, both directions. */
  readonly payload: readonly number[];
  /** How far all connections had come. */
  readonly moved: number;
}

/** A change of a path that was made. */
export interface PathEvent {
  /** ms since 1970. */
  readonly atMs: number;
  readonly path: string;
  /** As it is written: `cut wifi`. */
  readonly text: string;
}

export const pointOf = (atMs: number, paths: readonly Metered[], moved: number): Point => ({
  atMs, down: paths.map(({ down }) => down.bytes), up: paths.map(({ up }) => up.bytes), payload: paths.map(({ payload }) => payload.down + payload.up), moved,
});

/** More than so many are thinned out: half an hour of ten a second. */
const most = 18_000;

/** Adds one; of a long run each second one is left out, as often as need be. */
export function addPoint(points: Point[], point: Point): void {
  points.push(point);
  if (points.length > most) points.splice(0, points.length, ...points.filter((_, i) => i % 2 === 0));
}

export interface Handover {
  readonly event: PathEvent;
  /** What data went on over, the most first. */
  readonly to: readonly string[];
  /** The longest time without any, from just before the change on; ms. `undefined`: none came any more. */
  readonly gapMs: number | undefined;
}

/** Data that came within so long before a change was under way. ms. */
const justBeforeMs = 500;
/** Such a time without data that begins so long after a change is another's. ms. */
const soonMs = 1000;
/** Less is an acknowledgement's. Bytes. */
const someData = 1400;

/**
 * What cuts and black holes did to what was under way on their path. Where
 * nothing was, nothing is told.
 *
 * @param names the paths'
 */
export function handovers(points: readonly Point[], events: readonly PathEvent[], names: readonly string[]): Handover[] {
  return events.filter(({ text }) => /^(cut|blackhole) /.test(text)).flatMap((event): Handover[] => {
    const lost = names.indexOf(event.path);
    const at = points.findLastIndex(({ atMs }) => atMs <= event.atMs);
    const now = points[at];
    const before = points.findLast(({ atMs }) => atMs <= event.atMs - justBeforeMs) ?? points[0];
    if (now === undefined || before === undefined || lost < 0 || payload(before, now, lost) < someData) return [];
    const gap = longestGap(points.slice(at), event.atMs + soonMs);
    if (gap === undefined) return [{ event, to: [], gapMs: undefined }];
    const end = points.findLast(({ atMs }) => atMs <= gap.to.atMs + justBeforeMs) ?? gap.to;
    const to = names.map((name, i) => ({ name, bytes: payload(gap.from, end, i) })).filter(({ bytes, name }) => bytes >= someData && name !== event.path).sort((a, b) => b.bytes - a.bytes);
    return [{ event, to: to.map(({ name }) => name), gapMs: gap.to.atMs - gap.from.atMs }];
  });
}

const payload = (from: Point, to: Point, path: number): number => (to.payload[path] ?? 0) - (from.payload[path] ?? 0);

/** Of the times between two points at which data had come, the longest that begins in time; `undefined`: no more came. */
function longestGap(points: readonly Point[], latestMs: number): { readonly from: Point; readonly to: Point } | undefined {
  let longest: { readonly from: Point; readonly to: Point } | undefined;
  let from = points[0];
  for (const to of points) {
    if (from === undefined || from.atMs > latestMs) break;
    if (to.moved === from.moved) continue;
    if (longest === undefined || to.atMs - from.atMs > longest.to.atMs - longest.from.atMs) longest = { from, to };
    from = to;
  }
  return longest;
}
