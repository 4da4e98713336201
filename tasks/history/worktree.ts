/** A worktree of kloop's own, in which one commit after the other is checked out: the user's tree, index and HEAD stay as they are. */
import { existsSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileFailure, makeDirectories } from '../host/files.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { gitIn, type Git, type GitDoors } from './git.ts';
import type { Repository } from './repository.ts';

export interface Worktree {
  readonly path: string;
  readonly git: Git;
  /** Puts the files of a commit there. What was built stays; what was left half checked out is put right. */
  checkout(commit: string): Promise<Result<void>>;
}

/**
 * The worktree at a path, made where it is not there.
 *
 * @param commit where a new one begins
 * @param path without symbolic links; only one run of kloop may use it at a time
 */
export async function openWorktree(path: string, commit: string, repository: Repository, doors: GitDoors & { readonly say: (line: string) => void }): Promise<Result<Worktree>> {
  const git = gitIn(path, doors);
  const there = await isWorktreeOf(path, git, repository);
  if (isFailure(there)) return there;
  if (!there) {
    const removed = existsSync(path) ? await removeWorktree(path, repository) : undefined;
    if (isFailure(removed)) return removed;
    try {
      makeDirectories(dirname(path));
    } catch (error) {
      return fileFailure('making a directory', dirname(path), error);
    }
    doors.say(`making a worktree of ${repository.tree}, in ${path}`);
    // Twice --force: what is known of one that was here and is gone, or was never finished, does not count.
    const made = await repository.git.ok('making a worktree', 'worktree', 'add', '--force', '--force', '--detach', '--no-checkout', path, commit);
    if (isFailure(made)) return made;
  }
  const unlocked = await removeLeftLock(path, git);
  if (isFailure(unlocked)) return unlocked;
  return {
    path, git,
    // --force: a build may have written over a file that git knows, and a git that was killed leaves new files that its index has not.
    checkout: async (id) => {
      const done = await git.ok(`checking out ${id}`, 'checkout', '--quiet', '--force', '--detach', id);
      return isFailure(done) ? done : undefined;
    },
  };
}

/** Removes it, with all that was built there, and what the repository knows of it. */
export async function removeWorktree(path: string, repository: Pick<Repository, 'git'>): Promise<Result<void>> {
  // It may be another repository's, or none: then git refuses, and only the files are there to be removed.
  const removed = await repository.git.run('worktree', 'remove', '--force', '--force', path);
  if (isFailure(removed)) return removed;
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    return fileFailure('removing the worktree', path, error);
  }
}

async function isWorktreeOf(path: string, git: Git, repository: Repository): Promise<Result<boolean>> {
  if (!existsSync(join(path, '.git'))) return false;
  const shared = await git.run('rev-parse', '--git-common-dir');
  if (isFailure(shared)) return shared;
  if (shared.status !== 0) return false;
  try {
    return realpathSync(resolve(path, shared.stdout.trim())) === repository.shared;
  } catch {
    return false;
  }
}

/** Whoever uses the worktree has kloop's lock: a lock of git's there is that of one that was killed. */
async function removeLeftLock(path: string, git: Git): Promise<Result<void>> {
  const locks = await git.ok('looking into the worktree', 'rev-parse', '--git-path', 'index.lock', '--git-path', 'HEAD.lock');
  if (isFailure(locks)) return locks;
  try {
    for (const lock of locks.split('\n')) rmSync(resolve(path, lock), { force: true });
  } catch (error) {
    return fileFailure('removing a lock of git\'s', path, error);
  }
}
