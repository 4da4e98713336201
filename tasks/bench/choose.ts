/** Which measurements are asked for. Pure. */
import type { Part } from './tools.ts';

/** The measurements with this in their name. A part of which none is left starts nothing, and has nothing to take back. */
export function chosenParts(parts: readonly Part[], wanted: string): Part[] {
  const asked = (name: string) => name.includes(wanted);
  return parts.flatMap(({ elsewhere, restore, ...part }): Part[] => {
    const comparisons = part.comparisons.filter(({ name }) => asked(name));
    const others = elsewhere?.names.some(asked) ? { elsewhere } : {};
    if (comparisons.length === 0) return 'elsewhere' in others ? [{ ...part, comparisons, ...others }] : [];
    return [{ ...part, comparisons, ...others, ...(restore === undefined ? {} : { restore }) }];
  });
}
