/** Where the modules of a build are for the guest: a directory like /lib/modules/RELEASE, in kloop's state. */
import { join } from 'node:path';
import { textOf } from '../../host/files.ts';
import type { BuildDirs } from '../inputs/index-model.ts';
import { buildPlace } from '../inputs/place.ts';

export interface ModulesPlace {
  /** What depmod calls its base directory: lib/modules/RELEASE is below it. */
  readonly base: string;
  /** lib/modules/RELEASE itself. */
  readonly dir: string;
  readonly release: string;
}

/** @returns `undefined` where nothing was configured there yet */
export function modulesPlace(stateDir: string, tree: BuildDirs): ModulesPlace | undefined {
  const release = textOf(join(tree.build, 'include/config/kernel.release'))?.trim() ?? '';
  if (!/^[\w.+~-]+$/.test(release)) return undefined;
  const base = buildPlace(stateDir, tree).modules;
  return { base, dir: join(base, 'lib/modules', release), release };
}
