/** A git that kloop runs: its environment, and what it says. Pure. */

/**
 * What would make git look at another repository than the one it is called in: a
 * hook's environment has it, and so has `git rebase --exec` in a worktree.
 * (git-rev-parse(1), --local-env-vars)
 */
export const noOtherRepository: Readonly<Record<string, undefined>> = {
  GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_INDEX_FILE: undefined, GIT_COMMON_DIR: undefined, GIT_PREFIX: undefined, GIT_NAMESPACE: undefined,
  GIT_OBJECT_DIRECTORY: undefined, GIT_ALTERNATE_OBJECT_DIRECTORIES: undefined, GIT_SHALLOW_FILE: undefined,
};

/** For one that only looks: it takes no lock, for which a watch would wait, and asks nobody. */
export const lookingGit: Readonly<Record<string, string | undefined>> = {
  ...noOtherRepository, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', GIT_PAGER: 'cat', GIT_EXTERNAL_DIFF: undefined, GIT_DIFF_OPTS: undefined,
};

/** @returns why git does not touch a repository that is another user's (safe.directory, git-config(1)), of what it wrote to stderr; `undefined` where it is for another reason */
export function ownerRefusal(stderr: string): string | undefined {
  return /^fatal: (.*(?:ownership|owned).*)$/m.exec(stderr)?.[1];
}
