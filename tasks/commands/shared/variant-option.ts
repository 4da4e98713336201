/** --variant: another build of the same tree. */
import type { Call, OptionSpec } from '../../cli/spec.ts';

export const variantOption: OptionSpec = { flags: '--variant <name>', summary: 'a variant: debug, btf, clang, tiny, or yours' };

/** The variants that are named, each once, in their order. */
export function variantsNamed({ options: { variant } }: Pick<Call, 'options'>): string[] {
  return [...new Set((Array.isArray(variant) ? variant : variant === undefined ? [] : [variant]) as string[])];
}
