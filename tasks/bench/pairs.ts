/** Measuring in pairs: A B A B …, so that a machine whose speed drifts slows both alike. Pure, but for the clock it is given. */
import { inColumns } from '../text/table.ts';

/** One side of a comparison. */
export interface Side {
  readonly label: string;
  /** Brings things to where a measurement starts; not counted. */
  readonly prepare?: () => Promise<void>;
  /** What is measured. @returns seconds, where it knows better than the clock around it */
  readonly run: () => Promise<number | void>;
}

/** What a figure is held against. */
type Goal =
  /** The median of A/B, pair by pair, is at most this. */
  | { readonly is: 'ratio'; readonly most: number }
  /** The median of A/B, pair by pair, is at least this: for rates. */
  | { readonly is: 'share'; readonly least: number }
  /** The median of A - B, pair by pair, is at most this. */
  | { readonly is: 'beside'; readonly most: number }
  /** A's median is at most this; there is no B. */
  | { readonly is: 'alone'; readonly most: number };

/** What is compared, and the goal. */
export interface Comparison {
  readonly name: string;
  readonly a: Side;
  readonly b?: Side;
  readonly goal: Goal;
  /** Of the sides' figures. Default: 's'. */
  readonly unit?: string;
  /** Too long to be done more than once: one pair, and none to warm up. */
  readonly once?: boolean;
}

interface Figures {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** A side's outcome, in the comparison's unit. */
interface MeasuredSide {
  readonly label: string;
  readonly figures: Figures;
}

/** A comparison's outcome. */
export interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly a: MeasuredSide;
  readonly b?: MeasuredSide;
  /** What the goal is about: a ratio, a difference, or A's median. */
  readonly value: number;
  readonly goal: Goal;
  readonly met: boolean;
  readonly pairs: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function figures(values: readonly number[]): Figures {
  return { min: Math.min(...values), median: median(values), max: Math.max(...values) };
}

/** Runs a comparison: one pair to warm up, then `pairs` that count. `now` gives ms. */
export async function measure(comparison: Comparison, pairs: number, now: () => number): Promise<Measured> {
  const { a, b, goal, once = false } = comparison;
  const sides = b === undefined ? [a] : [a, b];
  const seen: number[][] = sides.map(() => []);
  const [warm, counted] = once ? [0, 1] : [1, pairs];
  for (let i = 0; i < warm + counted; i++) {
    for (const [at, side] of sides.entries()) {
      await side.prepare?.();
      const began = now();
      const own = await side.run();
      const taken = own ?? (now() - began) / 1000;
      if (i >= warm) seen[at]?.push(taken);
    }
  }
  const [ofA = [], ofB = []] = seen;
  const each = (join: (x: number, y: number) => number) => median(ofA.map((x, i) => join(x, ofB[i] ?? Number.NaN)));
  const value = goal.is === 'alone' ? median(ofA) : goal.is === 'beside' ? each((x, y) => x - y) : each((x, y) => x / y);
  return {
    name: comparison.name,
    unit: comparison.unit ?? 's',
    a: { label: a.label, figures: figures(ofA) },
    ...(b === undefined ? {} : { b: { label: b.label, figures: figures(ofB) } }),
    value,
    goal,
    met: goal.is === 'share' ? value >= goal.least : value <= goal.most,
    pairs: counted,
  };
}

function goalCells({ goal, unit, value }: Measured): [string, string] {
  switch (goal.is) {
    case 'ratio': return [`A/B ${value.toFixed(3)}`, `<= ${goal.most}`];
    case 'share': return [`A/B ${value.toFixed(3)}`, `>= ${goal.least}`];
    case 'beside': return [`A-B ${value.toFixed(3)} ${unit}`, `<= ${goal.most} ${unit}`];
    case 'alone': return [`A ${value.toFixed(3)} ${unit}`, `<= ${goal.most} ${unit}`];
  }
}

/** A table of outcomes for a person. */
export function asTable(rows: readonly Measured[]): string {
  const side = (unit: string, of: MeasuredSide | undefined) => (of === undefined ? '' : `${of.label} ${of.figures.median.toFixed(2)} ${unit}`);
  const cells = rows.map((row) => [row.name, side(row.unit, row.a), side(row.unit, row.b), ...goalCells(row), row.met ? 'met' : 'MISSED']);
  return inColumns([['what', 'A (median)', 'B (median)', 'value', 'goal', ''], ...cells]).map((line) => `${line}\n`).join('');
}
