/**
 * The boot image after a vmlinux that is up to date: the makefile of its
 * directory alone, as the top one calls it (arch/x86/Makefile, 2.6.24 to
 * 6.18). Kbuild itself decides what is to be made there; only the descent
 * into the rest of the tree is left out. Pure.
 */
import { join } from 'node:path';
import { bootDir } from '../inputs/inputs.ts';
import type { LinkEnvironment } from '../quick/link-environment.ts';
import type { BuildRequest } from './make.ts';

/** The request for a build by make, called for that directory alone. */
export function imageRequest(request: BuildRequest, { exported }: LinkEnvironment): BuildRequest {
  return {
    ...request,
    args: ['-f', join(request.tree.source, 'scripts/Makefile.build'), `obj=${bootDir}`],
    goal: `${bootDir}/bzImage`,
    cwd: request.tree.build,
    env: { ...request.env, ...exported },
  };
}
