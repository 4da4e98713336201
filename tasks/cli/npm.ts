/** npm takes options for itself that stand before its `--`, and tells nobody: `npm run vm --kvm` boots without KVM. */
import { Option } from 'commander';
import { fail, type Failure } from '../report/failure.ts';
import type { CommandSpec } from './spec.ts';

/**
 * Names that are npm's own options too: there npm may have been meant. Its
 * prefix it hands to every script, given or not.
 */
const npmsOwn = new Set(['quiet', 'json', 'force', 'help', 'dry-run', 'install', 'all', 'also', 'save', 'watch', 'prefix']);

/** npm hands on what it took as npm_config_NAME. @returns `bad-usage` where one of the command's options was taken. */
export function swallowedByNpm(spec: CommandSpec, env: Readonly<Record<string, string | undefined>>): Failure | undefined {
  if (env['npm_lifecycle_event'] !== spec.name) return undefined;
  const taken = spec.options
    .map((option) => new Option(option.flags).name())
    .filter((name) => !npmsOwn.has(name) && env[`npm_config_${name.replaceAll('-', '_')}`] !== undefined);
  if (taken.length === 0) return undefined;
  const words = taken.map((name) => `--${name}`).join(' ');
  return fail({ reason: 'bad-usage', wrong: `npm took ${words} for itself: options for kloop go behind '--'`, mend: [`npm run ${spec.name} -- ${words}`] });
}
