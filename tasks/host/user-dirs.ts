/** The user's directories for kloop, by the XDG Base Directory Specification: a path that is not absolute does not count. */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

export const homeOf = (env: Environment): string => env['HOME'] || homedir();

function below(env: Environment, variable: string, otherwise: string): string {
  const named = env[variable] ?? '';
  return join(isAbsolute(named) ? named : join(homeOf(env), otherwise), 'kloop');
}

/** For settings: `~/.config/kloop`. */
export const userConfigDir = (env: Environment): string => below(env, 'XDG_CONFIG_HOME', '.config');

/** For what is kept from run to run: `~/.local/state/kloop`. */
export const userStateDir = (env: Environment): string => below(env, 'XDG_STATE_HOME', '.local/state');
