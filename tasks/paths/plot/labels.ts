/** Where the names of changes stand above a picture, so that none covers another or is cut off at an edge. Pure. */

/** Of a letter of 11 pixels, at most, in the fonts that sans-serif comes to; pixels. */
const letter = 6.8;
/** Between two in a row; pixels. */
const gap = 8;

export interface Label {
  /** Where its line is; pixels. */
  readonly x: number;
  readonly text: string;
}

export interface PlacedLabel {
  /** From the picture on, from 0. */
  readonly row: number;
  /** What of the text is at its line. */
  readonly align: 'left' | 'center' | 'right';
}

/** Each in the lowest row that has room for it; `undefined`: none of them has. */
export function placeLabels(labels: readonly Label[], { left, right, rows }: { readonly left: number; readonly right: number; readonly rows: number }): (PlacedLabel | undefined)[] {
  const ends = Array.from({ length: rows }, () => -Infinity);
  const placed = new Map<Label, PlacedLabel>();
  for (const label of [...labels].sort((a, b) => a.x - b.x)) {
    const width = label.text.length * letter;
    const align = label.x - width / 2 < left ? 'left' : label.x + width / 2 > right ? 'right' : 'center';
    const from = align === 'left' ? label.x : align === 'right' ? label.x - width : label.x - width / 2;
    const row = ends.findIndex((end) => end + gap <= from);
    if (row < 0) continue;
    ends[row] = from + width;
    placed.set(label, { row, align });
  }
  return labels.map((label) => placed.get(label));
}
