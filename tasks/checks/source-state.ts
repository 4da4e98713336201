/** The tree that a kernel was built from, as it is now: its commit, and what is not committed. */
import { lookingGit } from '../host/git.ts';
import type { Processes } from '../host/processes/process.ts';
import { isFailure } from '../report/failure.ts';

export interface SourceState {
  readonly tree: string;
  /** `undefined`: the tree isn't a git repository's top, or has no commit. */
  readonly head?: string;
  /** What is not committed, with the new files' names after it; bounded. Empty: nothing. */
  readonly diff: string;
}

/** More of a difference is cut off. Bytes. */
const mostDiff = 256 << 10;

/** A tree that cannot be asked has no commit: results are worth keeping without it. */
export async function sourceState(tree: string, processes: Pick<Processes, 'run'>): Promise<SourceState> {
  const git = async (...args: string[]): Promise<string | undefined> => {
    // A tree may have changed as a whole: what is more than is kept is not even read.
    const ended = await processes.run({ argv: ['sh', '-c', `"$@" | head -c ${mostDiff + 1}`, 'sh', 'git', '-C', tree, '-c', 'core.quotePath=off', ...args], env: lookingGit });
    return isFailure(ended) || ended.status !== 0 ? undefined : ended.stdout;
  };
  const [top, head] = [await git('rev-parse', '--show-prefix'), await git('log', '-1', '--format=%h %s')];
  // A tree unpacked within another repository is not that one's.
  if (top === undefined || top.trim() !== '' || head === undefined || head.trim() === '') return { tree, diff: '' };
  const changed = await git('diff', '--no-color', '--no-ext-diff', 'HEAD');
  const added = await git('ls-files', '--others', '--exclude-standard');
  const news = (added ?? '').split('\n').filter((name) => name !== '').map((name) => `new file, not known to git: ${name}\n`).join('');
  return { tree, head: head.trim(), diff: bounded(`${changed ?? ''}${news}`) };
}

function bounded(text: string): string {
  return text.length <= mostDiff ? text : `${text.slice(0, mostDiff)}\n… cut off here: more is changed than is kept …\n`;
}
