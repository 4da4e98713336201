/** Whether git's state would give the kernel another version than it was built with. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure } from '../../report/failure.ts';
import type { BuildDirs } from '../inputs/index-model.ts';

/** What git's state adds to a release: a `+` for what no tag names, a count and a commit, edits. */
const gitsWords = /\+$|-g[0-9a-f]{7,}|-dirty$/;

interface ReleaseRequest {
  readonly tree: BuildDirs;
  readonly exported: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/**
 * Asks the tree's own scripts/setlocalversion, as every make does. Only a git
 * tree can change its answer by itself: by a commit, a tag, or the first edit
 * (`-dirty`), or by having become one, or being none any more. The script
 * gives the whole release, up to 6.2 its end alone.
 */
export async function releaseChanged(request: ReleaseRequest, processes: Pick<Processes, 'run'>): Promise<boolean> {
  const { tree, exported } = request;
  const built = readText(join(tree.build, 'include/config/kernel.release'));
  if (isFailure(built) || built === undefined) return true;
  if (!existsSync(join(tree.source, '.git')) && !gitsWords.test(built.trim())) return false;
  const ended = await processes.run({
    argv: ['sh', join(tree.source, 'scripts/setlocalversion'), exported['srctree'] ?? tree.source],
    cwd: tree.build,
    env: request.env,
    signal: request.signal,
  });
  if (isFailure(ended) || ended.status !== 0) return true;
  const said = ended.stdout.trim();
  return ![said, `${exported['KERNELVERSION'] ?? ''}${said}`].includes(built.trim());
}
