/** Rows of cells in columns. Pure. */

/**
 * One line a row: two spaces between columns, each as wide as its widest cell,
 * and no spaces at the end.
 *
 * @param right columns whose cells are aligned to the right, as numbers are
 */
export function inColumns(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  const padded = (cell: string, i: number) => (right.includes(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0));
  return rows.map((row) => row.map(padded).join('  ').trimEnd());
}
