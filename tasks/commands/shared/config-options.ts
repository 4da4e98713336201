/** Single options of the configuration, as scripts/config and virtme-ng take them: --set, --config, --add-missing. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Call, OptionSpec } from '../../cli/spec.ts';
import { fileFailure } from '../../host/files.ts';
import { hostFailure } from '../../host/reasons.ts';
import { configRequest, parseSetting, type ConfigRequest, type NamedFile } from '../../kernel/config/request.ts';
import type { RequestedOption } from '../../kernel/config/text.ts';
import { isFailure, type Result } from '../../report/failure.ts';

export const configOptions: readonly OptionSpec[] = [
  { flags: '--set <option>', summary: 'set CONFIG_X=y; repeatable', parse: parseSetting, repeats: true },
  { flags: '--config <file>', summary: 'merge a fragment, or take a whole .config; - is stdin', completes: 'file' },
];

export const addMissingOption: OptionSpec = { flags: '--add-missing', summary: 'set what the VM needs and your own .config lacks' };

/**
 * @param stdinIsTheirs the guest's command reads stdin
 * @returns what is asked for; `undefined` where nothing is
 */
export function askedConfig(call: Call, cwd: string, stdinIsTheirs = false): Result<ConfigRequest | undefined> {
  const { set, config } = call.options;
  const file = typeof config === 'string' ? readNamed(config, cwd, stdinIsTheirs) : undefined;
  if (isFailure(file)) return file;
  return configRequest(Array.isArray(set) ? (set as RequestedOption[]) : [], file, call.options['addMissing'] === true);
}

function readNamed(name: string, cwd: string, stdinIsTheirs: boolean): Result<NamedFile> {
  if (name === '-' && stdinIsTheirs) return hostFailure({ reason: 'bad-usage', wrong: "--config - reads stdin, which is the guest's", fix: ['npm run config -- --config -'] });
  const path = name === '-' ? 'stdin' : resolve(cwd, name);
  try {
    return { path, text: readFileSync(name === '-' ? 0 : path, 'utf8') };
  } catch (error) {
    return fileFailure('reading a configuration', path, error);
  }
}
