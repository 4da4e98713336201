/** npm takes options for itself that stand before its `--`, and tells nobody: `npm run vm --kvm` boots without KVM. */
import { Option } from 'commander';
import { shellQuote } from '../text/values.ts';
import type { Failure } from '../report/failure.ts';
import { commonOptions, type CommandSpec } from './spec.ts';
import { hostFailure } from '../host/reasons.ts';

/**
 * Names that npm has settings for, which a user's .npmrc may hold; its prefix
 * it hands to every script. `dry-run` and `json` are in nobody's .npmrc: who
 * typed `npm run vm --dry-run` wants no VM.
 */
const npmsOwn = new Set(['quiet', 'force', 'help', 'all', 'also', 'save', 'prefix']);

/**
 * npm hands on what it took as npm_config_NAME, and what it left, without the
 * `--`, as arguments.
 *
 * @returns `bad-usage`, with the line that was meant, where one of the command's options was taken.
 */
export function swallowedByNpm(spec: CommandSpec, env: Readonly<Record<string, string | undefined>>, args: readonly string[] = []): Failure | undefined {
  if (env['npm_lifecycle_event'] !== spec.name) return undefined;
  const rest = [...args];
  const taken = [...spec.options, ...commonOptions].flatMap(({ flags }) => {
    const option = new Option(flags);
    const value = env[`npm_config_${option.attributeName().replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`];
    // `--no-NAME` is NAME, and empty.
    if (npmsOwn.has(option.name()) || value === undefined || option.negate !== (value === '')) return [];
    if (!option.required) return [option.long ?? option.name()];
    // `--name=value` npm keeps whole; the value of `--name value` it leaves behind.
    return [option.long ?? option.name(), value === 'true' ? rest.shift() ?? '…' : value];
  });
  if (taken.length === 0) return undefined;
  const words = taken.filter((word) => word.startsWith('--')).join(' ');
  const command = spec.guestCommand !== undefined && rest.length > 0 && !rest.includes('--') && !rest[0]?.startsWith('-') ? ['--', ...rest] : rest;
  const meant = [...taken, ...command].map((word) => (word === '…' ? word : shellQuote(word))).join(' ');
  return hostFailure({ reason: 'bad-usage', wrong: `npm took ${words} for itself: options for kloop go after '--'`, fix: [`npm run ${spec.name} -- ${meant}`] });
}
