/** What is known of the warnings of the kernel that was built last in the worktree. */
import { join } from 'node:path';
import { namesIn, readText, textOf, writeWhole } from '../host/files.ts';
import { isFailure, type Result } from '../report/failure.ts';
import type { Git } from './git.ts';
import type { HistoryPlace } from './place.ts';
import { filesBetween } from './repository.ts';
import { warningsIn, withBuild, type Warning } from './warnings.ts';

interface Known {
  /** The commit that was built last. */
  readonly commit: string;
  /** The newest log that was read. */
  readonly log: string;
  readonly warnings: readonly Warning[];
}

/**
 * Reads what the builds since the last time have said; also those of a run that
 * was killed, of which nobody has heard.
 *
 * @param built it is this commit's kernel now; false: its build failed, and not all of it was compiled
 * @returns the new warnings; `undefined` where nothing was known before
 */
export async function readWarnings(commit: string, built: boolean, { place, git }: { readonly place: Pick<HistoryPlace, 'warnings' | 'logs'>; readonly git: Git }): Promise<Result<readonly Warning[] | undefined>> {
  const before = await stillThere(readKnown(place.warnings), git);
  if (isFailure(before)) return before;
  // Half a kernel is nothing to compare with: its log is read again with the next.
  if (before === undefined && !built) return undefined;
  // Named by time, so that they sort by it.
  const logs = namesIn(place.logs).filter((name) => /^kernel-\d/.test(name)).sort().filter((name) => name > (before?.log ?? ''));
  const told = logs.flatMap((name) => warningsIn(textOf(join(place.logs, name)) ?? ''));
  const changed = before === undefined || !built ? new Set<string>() : await filesBetween(before.commit, commit, git);
  if (isFailure(changed)) return changed;
  const { known, added } = withBuild(before?.warnings ?? [], told, changed);
  const now: Known = { commit: built ? commit : before?.commit ?? commit, log: logs.at(-1) ?? before?.log ?? '', warnings: known };
  const written = writeWhole(place.warnings, `${JSON.stringify(now)}\n`);
  return isFailure(written) ? written : before === undefined ? undefined : added;
}

/** What is known of a commit that is gone, after a rebase, or is another repository's, is of no use: nothing can be compared with it. */
async function stillThere(known: Known | undefined, git: Git): Promise<Result<Known | undefined>> {
  if (known === undefined) return undefined;
  const there = await git.run('cat-file', '-e', `${known.commit}^{commit}`);
  return isFailure(there) ? there : there.status === 0 ? known : undefined;
}

function readKnown(path: string): Known | undefined {
  const text = readText(path);
  if (isFailure(text) || text === undefined) return undefined;
  try {
    const known = JSON.parse(text) as Partial<Known>;
    return typeof known.commit === 'string' && typeof known.log === 'string' && Array.isArray(known.warnings) ? known as Known : undefined;
  } catch {
    return undefined;
  }
}
