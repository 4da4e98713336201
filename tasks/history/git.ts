/** git, as it is run for this: in the one tree that is named, without hooks, and asking nobody. */
import { dirname } from 'node:path';
import { lookingGit } from '../host/git.ts';
import type { Finished, Processes } from '../host/processes/process.ts';
import { isFailure, type Result } from '../report/failure.ts';

export interface GitDoors {
  readonly processes: Pick<Processes, 'run' | 'runOk'>;
  readonly signal: AbortSignal;
}

export interface Git {
  /** How it ended, whatever its status. */
  run(...args: readonly string[]): Promise<Result<Finished>>;
  /** What it printed, without the last line's end; a status other than 0 is a failure, and `doing` says of what. */
  ok(doing: string, ...args: readonly string[]): Promise<Result<string>>;
}

/** Whose hooks a checkout would run, and what of the user's settings would make it do more than that. */
const settings = ['core.hooksPath=/dev/null', 'advice.detachedHead=false', 'submodule.recurse=false', 'core.fsmonitor=false', 'core.quotePath=off'].flatMap((one) => ['-c', one]);

/**
 * A directory that isn't a repository's top doesn't count as one: a worktree that has lost
 * its `.git` lies within the user's own tree, which a `checkout --force` would
 * otherwise be for. (git(1), GIT_CEILING_DIRECTORIES)
 */
export function gitIn(dir: string, { processes, signal }: GitDoors): Git {
  const command = (args: readonly string[]) => ({
    argv: ['git', ...settings, ...args],
    cwd: dir,
    signal,
    env: { ...lookingGit, GIT_CEILING_DIRECTORIES: dirname(dir), GIT_EDITOR: ':' },
  });
  return {
    run: (...args) => processes.run(command(args)),
    ok: async (doing, ...args) => {
      const ended = await processes.runOk(doing, command(args));
      return isFailure(ended) ? ended : ended.stdout.replace(/\n$/, '');
    },
  };
}
