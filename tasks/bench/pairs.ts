/** Measuring in pairs: A B A B …, so that a machine whose speed drifts slows both alike. Pure, but for the clock it is given. */

/** One side of a comparison. */
export interface Side {
  readonly label: string;
  /** Brings things to where a measurement starts; not counted. */
  readonly prepare?: () => Promise<void>;
  /** What is measured. @returns seconds, where it knows better than the clock around it */
  readonly run: () => Promise<number | void>;
}

/** What is compared, and the most that the ratio of medians A/B may be. */
export interface Comparison {
  readonly name: string;
  readonly a: Side;
  readonly b: Side;
  readonly most: number;
}

export interface Figures {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** A comparison's outcome; times are in seconds. */
export interface Measured {
  readonly name: string;
  readonly a: { readonly label: string; readonly seconds: Figures };
  readonly b: { readonly label: string; readonly seconds: Figures };
  /** The median of the ratios, pair by pair. */
  readonly ratio: number;
  readonly most: number;
  readonly met: boolean;
  readonly pairs: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function figures(values: readonly number[]): Figures {
  return { min: Math.min(...values), median: median(values), max: Math.max(...values) };
}

/** Runs a comparison: one pair to warm up, then `pairs` that count. `now` gives ms. */
export async function measure(comparison: Comparison, pairs: number, now: () => number): Promise<Measured> {
  const seconds = { a: [] as number[], b: [] as number[] };
  for (let i = 0; i <= pairs; i++) {
    for (const side of ['a', 'b'] as const) {
      const { prepare, run } = comparison[side];
      await prepare?.();
      const began = now();
      const own = await run();
      const taken = own ?? (now() - began) / 1000;
      if (i > 0) seconds[side].push(taken);
    }
  }
  const ratio = median(seconds.a.map((a, i) => a / (seconds.b[i] ?? Number.NaN)));
  return {
    name: comparison.name,
    a: { label: comparison.a.label, seconds: figures(seconds.a) },
    b: { label: comparison.b.label, seconds: figures(seconds.b) },
    ratio,
    most: comparison.most,
    met: ratio <= comparison.most,
    pairs,
  };
}

/** A table of outcomes for a person. */
export function asTable(rows: readonly Measured[]): string {
  const cells = rows.map((row) => [
    row.name,
    `${row.a.label} ${row.a.seconds.median.toFixed(2)} s`,
    `${row.b.label} ${row.b.seconds.median.toFixed(2)} s`,
    row.ratio.toFixed(3),
    `<= ${row.most}`,
    row.met ? 'met' : 'MISSED',
  ]);
  const table = [['what', 'A (median)', 'B (median)', 'A/B', 'goal', ''], ...cells];
  const widths = table[0]?.map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0))) ?? [];
  return table.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ').trimEnd()).join('\n') + '\n';
}
