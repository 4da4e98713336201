/** Where path profiles are: kloop's own in config/paths, a person's beside their settings, in .kloop/paths of the tree and ~/.config/kloop/paths. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from '../host/files.ts';
import { userConfigDir, type Environment } from '../host/user-dirs.ts';
import type { Result } from '../report/failure.ts';
import { parseProfile, type Profile } from './link.ts';
import { pathFailure } from './reasons.ts';

/** Directories of profiles; the first that has one of a name is asked. */
export function profileDirs({ projectDir, topDir }: { readonly projectDir: string; readonly topDir: string }, env: Environment): string[] {
  return [join(topDir, '.kloop/paths'), join(userConfigDir(env), 'paths'), join(projectDir, 'config/paths')];
}

/** A NIC's name, which has 15 characters, and may get a number. */
const profileName = /^[A-Za-z0-9][\w-]{0,12}$/;

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir).filter((name) => name.endsWith('.path')).map((name) => name.slice(0, -'.path'.length)).filter((name) => profileName.test(name));
  } catch {
    return [];
  }
}

export function findProfile(name: string, dirs: readonly string[]): Result<Profile> {
  const dir = dirs.find((one) => namesIn(one).includes(name));
  if (dir === undefined) return pathFailure({ reason: 'unknown-profile', name, known: [...new Set(dirs.flatMap(namesIn))].sort() });
  const path = join(dir, `${name}.path`);
  const parsed = parseProfile(textOf(path) ?? '');
  return 'wrong' in parsed ? pathFailure({ reason: 'bad-profile', path, wrong: parsed.wrong }) : parsed.value;
}
