/** Reads the layers of settings: config/defaults.env, .env, the environment, the command line. */
import { parse } from 'dotenv';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { resolveSettings, type Layer, type Settings } from '../../config/settings.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { readText } from './files.ts';
import { hostFailure } from './reasons.ts';

export interface SettingsOptions {
  readonly projectDir: string;
  /** The command line's values. */
  readonly overrides: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The user's settings file: `.env`, or what KLOOP_ENV_FILE names (empty: none). */
export function envFile(projectDir: string, env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  const named = env['KLOOP_ENV_FILE'];
  return named === undefined ? join(projectDir, '.env') : named === '' ? undefined : named;
}

/** @returns the settings; or `bad-settings`, with all that is wrong; or a file's error. */
export function loadSettings({ projectDir, overrides, env = process.env }: SettingsOptions): Result<Settings> {
  const defaults = readText(join(projectDir, 'config', 'defaults.env'));
  if (isFailure(defaults)) return defaults;
  const userFile = envFile(projectDir, env);
  const user = userFile === undefined ? undefined : readText(userFile);
  if (isFailure(user)) return user;
  const layers: Layer[] = [
    { name: 'config/defaults.env', values: parse(defaults ?? '') },
    // make would build there; a setting of kloop's own counts more.
    { name: 'KBUILD_OUTPUT', values: isAbsolute(env['KBUILD_OUTPUT'] ?? '') ? { KERNEL_BUILD_DIR: env['KBUILD_OUTPUT'] } : {} },
    { name: userFile === join(projectDir, '.env') ? '.env' : (userFile ?? '.env'), values: parse(user ?? '') },
    { name: 'the environment', values: env, ignoreUnknown: true },
    { name: 'the command line', values: overrides },
  ];
  const settings = resolveSettings(layers, { projectDir, home: env['HOME'] ?? homedir() });
  return Array.isArray(settings) ? hostFailure({ reason: 'bad-settings', bad: settings }) : (settings as Settings);
}
