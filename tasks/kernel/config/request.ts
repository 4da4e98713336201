/** What a person asks of a .config on the command line: --set, --config, --add-missing. Pure. */
import type { Parsed } from '../../text/values.ts';
import type { Result } from '../../report/failure.ts';
import { kernelFailure } from '../reasons.ts';
import type { KernelVersion } from '../source/tree.ts';
import type { Kconfig } from './kconfig.ts';
import { missingOptions } from './needs.ts';
import { isComplete, isFor, optionLine, parseFragment, type RequestedOption, type Value } from './text.ts';

export interface ConfigRequest {
  /** In order: a later one counts more. */
  readonly options: readonly RequestedOption[];
  /** A complete .config, to be taken in the place of the one that is there. */
  readonly whole: { readonly path: string; readonly text: string } | undefined;
  /** What the VM cannot run without and a .config of one's own lacks. */
  readonly addMissing: boolean;
}

/** What the options of --set have as their file. */
const bySet = '--set';

/** `CONFIG_X=y`, `X=m`, `X=n`, `X=64`, `X=text`. */
export function parseSetting(text: string): Parsed<RequestedOption> {
  const [, option, value] = /^(?:CONFIG_)?([A-Z0-9]\w*)=(.*)$/s.exec(text) ?? [];
  if (option === undefined || value === undefined || /["\n]/.test(value.replace(/^"(.*)"$/s, '$1'))) return { wrong: 'expected CONFIG_X=y, or another value' };
  return { value: { option, value, file: bySet, line: 1 } };
}

/** A file that was named, with its text. */
export interface NamedFile {
  readonly path: string;
  readonly text: string;
}

/** @returns the request; `undefined` where nothing is asked for; or `bad-fragment`. */
export function configRequest(set: readonly RequestedOption[], file: NamedFile | undefined, addMissing: boolean): Result<ConfigRequest | undefined> {
  if (file !== undefined && isComplete(file.text)) return { options: set, whole: file, addMissing };
  const fragment = parseFragment(file?.text ?? '', file?.path ?? '');
  if (fragment.wrong.length > 0) return kernelFailure({ reason: 'bad-fragment', wrong: fragment.wrong });
  if (file !== undefined && fragment.requested.length === 0) return kernelFailure({ reason: 'bad-fragment', wrong: [`${file.path}: it sets no option`] });
  return file === undefined && set.length === 0 && !addMissing ? undefined : { options: [...fragment.requested, ...set], whole: undefined, addMissing };
}

/** Whether a .config has all of it already. */
export function isInForce({ options, whole, addMissing }: ConfigRequest, values: ReadonlyMap<string, Value>, version: KernelVersion): boolean {
  return whole === undefined
    && wantedOf(options, version).every(({ option, value }) => isValue(values.get(option) ?? 'n', value))
    && (!addMissing || missingOptions(values, version).length === 0);
}

/** --set gives a text without the quotes that a .config has around it: a shell has taken them. */
const isValue = (is: Value, wanted: Value): boolean => is === wanted || is === `"${wanted}"`;

/** The options for this version, the last request for each. */
export function wantedOf(options: readonly RequestedOption[], version: Pick<KernelVersion, 'major' | 'minor'>): RequestedOption[] {
  return [...new Map(options.filter((one) => isFor(one, version)).map((one) => [one.option, one])).values()];
}

/** Texts in quotes, as Kconfig writes them. */
export function quoted(options: readonly RequestedOption[], kconfig: Kconfig): RequestedOption[] {
  const isText = (option: string) => (kconfig.options.get(option) ?? []).some(({ type }) => type === 'string');
  return options.map((one) => (isText(one.option) && !one.value.startsWith('"') ? { ...one, value: `"${one.value}"` } : one));
}

/** Whether it was asked for by --set, which a person types for this one option: that it does not stick is a failure. */
export const isBySet = ({ file }: RequestedOption): boolean => file === bySet;

/** The text of the file in which requests are kept: those before, and the new ones in their place. */
export function keptText(before: string, options: readonly RequestedOption[]): Result<string> {
  const old = parseFragment(before, 'asked.config');
  const all = new Map([...old.requested, ...options].map(({ option, value }) => [option, value]));
  if (old.wrong.length > 0) return kernelFailure({ reason: 'bad-fragment', wrong: old.wrong });
  return `# What kloop was asked for by --set, --config and --save. \`config --reset\` forgets it.\n${[...all].map(([option, value]) => `${optionLine(option, value)}\n`).join('')}`;
}
