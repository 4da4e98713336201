/** What a .config has that its fragments do not give. Pure. */
import { essence, optionLine, parseDotConfig, type RequestedOption, type Value } from '../../kernel/config/text.ts';
import { sameValue } from '../../kernel/config/verify.ts';

interface ConfigFacts {
  /** The .config's text. */
  readonly text: string;
  /** The fragments, as a person calls them. */
  readonly fragments: readonly string[];
  /** What they ask for, for this version of the kernel. */
  readonly requested: readonly RequestedOption[];
  /** The complete .config that it starts from, where KERNEL_CONFIG is one. */
  readonly base: { readonly name: string; readonly text: string } | undefined;
  /** What kloop generated last; `undefined`: it never did. */
  readonly generated: string | undefined;
  /** Of `absentOptions`, those that this kernel's Kconfig has. */
  readonly known: ReadonlySet<string>;
}

export interface ConfigDifference {
  /** How many options are asked for that this kernel does not have. */
  readonly unknown: number;
  /** What is asked for, and is otherwise. */
  readonly unmet: readonly string[];
  /** What was changed by hand; `undefined` where that is not known: kloop did not generate it. */
  readonly edited: readonly string[] | undefined;
}

/** What is asked for and .config does not name: an option that is hidden, or one that this kernel does not have. */
export function absentOptions({ text, requested }: Pick<ConfigFacts, 'text' | 'requested'>): string[] {
  const now = parseDotConfig(text);
  return requested.filter(({ option, value }) => value !== 'n' && !now.has(option)).map(({ option }) => option);
}

export function configDifference({ text, requested: all, base, generated, known }: Omit<ConfigFacts, 'fragments'>): ConfigDifference {
  const now = parseDotConfig(text);
  const unknown = new Set(absentOptions({ text, requested: all }).filter((option) => !known.has(option)));
  const requested = all.filter(({ option }) => !unknown.has(option));
  const asked = new Set(requested.map(({ option }) => option));
  const unmet = requested.flatMap(({ option, value, file, line }) => {
    const is = now.get(option) ?? 'n';
    // What tests ask for as modules is built in.
    return sameValue(is, value) || (value === 'm' && is === 'y') ? [] : [`${optionLine(option, value)} (${file}:${line}): ${isWords(is)}`];
  });
  const off = base === undefined ? [] : changes(parseDotConfig(essence(base.text)), parseDotConfig(essence(text))).filter(({ option }) => !asked.has(option));
  return {
    unknown: unknown.size,
    unmet: [...unmet, ...off.map(({ option, was, is }) => `${optionLine(option, was)} (${base?.name ?? ''}): ${isWords(is)}`)],
    edited: generated === undefined ? undefined : changes(parseDotConfig(essence(generated)), parseDotConfig(essence(text))).map(({ option, was, is }) => `CONFIG_${option}: ${was} -> ${is}`),
  };
}

const isWords = (is: Value) => (is === 'n' ? 'it is not set' : `it is ${is}`);

/** Options that differ; one that a .config does not name is off. */
function changes(before: ReadonlyMap<string, Value>, after: ReadonlyMap<string, Value>): { option: string; was: Value; is: Value }[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((option) => ({ option, was: before.get(option) ?? 'n', is: after.get(option) ?? 'n' }))
    .filter(({ was, is }) => was !== is);
}

/** The difference as a file. */
export function differenceText({ fragments }: Pick<ConfigFacts, 'fragments'>, { unknown, unmet, edited }: ConfigDifference): string {
  return [
    `# Fragments: ${fragments.join(', ')}`,
    unmet.length === 0 ? '# .config has all that they ask for.' : '# What they ask for and .config does not have:',
    ...unmet,
    ...(unknown === 0 ? [] : [`# This kernel does not have ${unknown} of the options that they ask for.`]),
    edited === undefined ? '# kloop did not generate this .config: which of the rest is by hand it does not know.'
      : edited.length === 0 ? '# Nothing was edited since kloop generated it.' : '# What was edited since kloop generated it:',
    ...edited ?? [],
    '',
  ].join('\n');
}
