/** Which files of a tree are changed, as git has it. */
import { lookingGit } from '../../host/git.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { checkFailure } from '../reasons.ts';

interface Changed {
  /** From the tree's top. */
  readonly files: readonly string[];
  /** Since when, in words: 'since origin/main'. */
  readonly since: string;
}

/**
 * What differs from where the branch left its upstream, and what is not
 * committed; without an upstream the latter alone, or, where there is nothing
 * of it, the last commit.
 *
 * @returns or `not-git`, `nothing-changed`
 */
export async function changedFiles(tree: string, processes: Pick<Processes, 'run'>): Promise<Result<Changed>> {
  const git = async (...args: string[]): Promise<Result<string | undefined>> => {
    const ended = await processes.run({ argv: ['git', '-C', tree, '-c', 'core.quotePath=off', ...args], env: lookingGit });
    return isFailure(ended) ? ended : ended.status === 0 ? ended.stdout.trimEnd() : undefined;
  };
  const names = (text: string | undefined) => (text ?? '').split('\0').filter((name) => name !== '');
  const top = await git('rev-parse', '--show-prefix');
  if (isFailure(top)) return top;
  // A tree unpacked within another repository is not that one's.
  if (top === undefined || top !== '') return checkFailure({ reason: 'not-git', tree });
  const upstream = await git('rev-parse', '--abbrev-ref', '--symbolic-full-name', '@{upstream}');
  if (isFailure(upstream)) return upstream;
  const base = upstream === undefined ? undefined : await git('merge-base', 'HEAD', '@{upstream}');
  if (isFailure(base)) return base;
  const changed = await git('diff', '-z', '--name-only', base ?? 'HEAD');
  const added = await git('ls-files', '-z', '--others', '--exclude-standard');
  if (isFailure(changed)) return changed;
  if (isFailure(added)) return added;
  const files = [...names(changed), ...names(added)];
  const since = base === undefined ? 'since the last commit' : `since ${upstream ?? ''}`;
  if (files.length > 0) return { files, since };
  if (base === undefined) {
    const last = await git('diff-tree', '-z', '--root', '--no-commit-id', '--name-only', '-r', 'HEAD');
    if (isFailure(last)) return last;
    if (names(last).length > 0) return { files: names(last), since: 'in the last commit' };
  }
  return checkFailure({ reason: 'nothing-changed', tree, since });
}
