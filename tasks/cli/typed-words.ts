/** A call's options as words again, for another kloop. Pure. */
import { Option } from 'commander';
import type { Call, OptionSpec } from './spec.ts';

/** What was typed for some options, in its order; a value is in one word with its option. */
export function typedWords(options: readonly OptionSpec[], { order }: Pick<Call, 'order'>): string[] {
  const long = new Map(options.map(({ flags }) => {
    const declared = new Option(flags);
    return [declared.attributeName(), declared.long ?? ''];
  }));
  return order.flatMap(({ name, value }) => {
    const option = long.get(name);
    return option === undefined ? [] : [value === true ? option : `${option}=${String(value)}`];
  });
}
