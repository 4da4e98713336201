/** A timeline's totals as rates, evenly spaced. Pure. */
import type { Point } from '../timeline.ts';

/** Bits per second, in each of the spaces of `stepMs` from the first point on. */
export interface Rates {
  readonly stepMs: number;
  /** By paths. */
  readonly down: readonly (readonly number[])[];
  readonly up: readonly (readonly number[])[];
}

/** Samples are so far apart at best; ms. */
const leastStepMs = 100;

/** @param most so many spaces at most: a picture has no room for more */
export function ratesOf(points: readonly Point[], most: number): Rates {
  const [first, last] = [points[0], points.at(-1)];
  const length = first === undefined || last === undefined ? 0 : last.atMs - first.atMs;
  const stepMs = Math.max(leastStepMs, Math.ceil(length / most / leastStepMs) * leastStepMs);
  const edges = Array.from({ length: Math.ceil(length / stepMs) + 1 }, (_, i) => (first?.atMs ?? 0) + i * stepMs);
  const of = (totals: (point: Point) => readonly number[]) => (first === undefined ? [] : totals(first).map((_, path) => {
    const at = totalsAt(points, edges, (point) => totals(point)[path] ?? 0);
    return at.slice(1).map((total, i) => Math.max(0, (total - (at[i] ?? 0)) * 8000 / stepMs));
  }));
  return { stepMs, down: of(({ down }) => down), up: of(({ up }) => up) };
}

/** At each of the times, in order: between two points as if it had come evenly. */
function totalsAt(points: readonly Point[], times: readonly number[], total: (point: Point) => number): number[] {
  let i = 0;
  return times.map((time) => {
    while (i + 1 < points.length && (points[i + 1]?.atMs ?? Infinity) <= time) i++;
    const [from, to] = [points[i], points[i + 1]];
    if (from === undefined) return 0;
    if (to === undefined) return total(from);
    return total(from) + (total(to) - total(from)) * (time - from.atMs) / (to.atMs - from.atMs);
  });
}
