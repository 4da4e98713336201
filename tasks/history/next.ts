/** Asks git bisect, in the worktree, which commit is next. */
import { writeWhole } from '../host/files.ts';
import { isFailure, type Result } from '../report/failure.ts';
import type { Bisect } from './notes.ts';
import type { Git } from './git.ts';
import { historyFailure } from './reasons.ts';
import { nextIn, replayText, type Next } from './steps.ts';

/** @param path of the log that is replayed */
export async function nextStep({ good, bad, tested }: Pick<Bisect, 'good' | 'bad' | 'tested'>, path: string, git: Git): Promise<Result<Next>> {
  const written = writeWhole(path, replayText({ good, bad }, tested));
  if (isFailure(written)) return written;
  // Its status tells less than its log: 2 where only commits are left that cannot be tested.
  const replayed = await git.run('bisect', 'replay', path);
  if (isFailure(replayed)) return replayed;
  const log = await bisectLog(git);
  if (isFailure(log)) return log;
  const head = await git.run('rev-parse', '--verify', '--quiet', 'BISECT_HEAD');
  if (isFailure(head)) return head;
  return nextIn({ log, said: replayed.stdout, head: head.status === 0 ? head.stdout.trim() : undefined })
    ?? historyFailure({ reason: 'git-unclear', doing: 'git bisect replay', said: replayed.tail });
}

export const bisectLog = (git: Git): Promise<Result<string>> => git.ok('reading the steps', 'bisect', 'log');
