/** Where kloop keeps what it knows of a build: in its state directory, by the build directory. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { BuildDirs } from './index-model.ts';

export interface BuildPlace {
  readonly index: string;
  readonly snapshot: string;
  readonly imageSnapshot: string;
  readonly attempt: string;
  /** What the top makefile exports. */
  readonly environment: string;
  /** The tree's scripts/link-vmlinux.sh, with less to do. */
  readonly linkScript: string;
  /** Locked by make and all that it started. */
  readonly busy: string;
  /** A directory: the modules as the guest has them. */
  readonly modules: string;
  /** A directory: of modules from outside the tree, what is built elsewhere than beside its sources. */
  readonly external: string;
  /** A directory: the kernel once more with debug information. */
  readonly debugInfo: string;
}

export function buildPlace(stateDir: string, tree: BuildDirs): BuildPlace {
  const dir = join(stateDir, 'builds', createHash('sha256').update(tree.build).digest('hex').slice(0, 12));
  return {
    index: join(dir, 'index'),
    snapshot: join(dir, 'inputs'),
    imageSnapshot: join(dir, 'image-inputs'),
    attempt: join(dir, 'attempt.json'),
    environment: join(dir, 'environment.json'),
    linkScript: join(dir, 'link-vmlinux.sh'),
    busy: join(dir, 'busy'),
    modules: join(dir, 'modules'),
    external: join(dir, 'external'),
    debugInfo: join(dir, 'debug-info'),
  };
}
