/** The end of a bisect before its answer, and of the worktree in which it tested. */
import { rmSync } from 'node:fs';
import { fileFailure } from '../host/files.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { gitIn, type GitDoors } from './git.ts';
import { readBisect, type Bisect } from './notes.ts';
import { historyPlace } from './place.ts';
import { openRepository, type Repository } from './repository.ts';
import { removeWorktree } from './worktree.ts';

/**
 * Removes the notes, the logs, and the worktree with what was built there; the
 * repository then knows nothing of it.
 *
 * @returns the bisect that was under way, or was over
 */
export async function resetBisect(stateDir: string, doors: GitDoors): Promise<Result<Bisect | undefined>> {
  const { dir, tree, bisect: notes } = historyPlace(stateDir);
  const under = readBisect(notes);
  const repository = await repositoryOf(tree, under, doors);
  const removed = repository === undefined ? undefined : await removeWorktree(tree, repository);
  if (isFailure(removed)) return removed;
  try {
    rmSync(dir, { recursive: true, force: true });
  } catch (error) {
    return fileFailure('removing the worktree', dir, error);
  }
  return under;
}

/** @returns what knows of the worktree; `undefined`: nothing does, and its files are all */
async function repositoryOf(tree: string, under: Bisect | undefined, doors: GitDoors): Promise<Pick<Repository, 'git'> | undefined> {
  const noted = under === undefined ? undefined : await openRepository(under.tree, doors);
  if (noted !== undefined && !isFailure(noted)) return noted;
  // The user's tree is gone, or was moved: a worktree knows its repository.
  const own = await openRepository(tree, doors);
  return isFailure(own) ? undefined : { git: gitIn(own.shared, doors) };
}
