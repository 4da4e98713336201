/** What the end of a bisect leaves: nothing, whatever became of the tree. Real git. */
import { existsSync, mkdtempSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { writeBisect, type Bisect } from '../../tasks/history/notes.ts';
import { historyPlace } from '../../tasks/history/place.ts';
import { openRepository } from '../../tasks/history/repository.ts';
import { resetBisect } from '../../tasks/history/reset.ts';
import { openWorktree } from '../../tasks/history/worktree.ts';
import { Processes } from '../../tasks/host/processes/process.ts';
import { formatFailure, isFailure, type Result } from '../../tasks/report/failure.ts';
import { littleHistory } from './little-history.ts';
import { git } from '../support/little-kernel.ts';

const test = suite<{ dir: string; tree: string; stateDir: string; good: string }>('reset');
const doors = { processes: new Processes(), signal: new AbortController().signal, say: () => undefined };

const sure = <T>(result: Result<T>): T => {
  if (isFailure(result)) throw new Error(formatFailure(result));
  return result;
};

test.before.each(async (context) => {
  context.dir = realpathSync(mkdtempSync(join(tmpdir(), 'kloop-test-')));
  context.tree = join(context.dir, 'linux');
  context.stateDir = join(context.dir, 'state');
  const [good = '', bad = ''] = littleHistory(context.tree, ['good', 'bad']);
  context.good = good;
  const place = historyPlace(context.stateDir);
  const repository = sure(await openRepository(context.tree, doors));
  sure(await openWorktree(place.tree, bad, repository, doors));
  const notes: Bisect = { repository: repository.shared, tree: context.tree, good, bad, command: ['./test.sh'], tested: [], over: false };
  sure(writeBisect(place.bisect, notes));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const worktreesOf = (tree: string) => git(tree, 'worktree', 'list', '--porcelain').split('\n').filter((line) => line.startsWith('worktree '));

test('the bisect, its worktree, and what the repository knows of it are gone; a second time there is nothing', async ({ tree, stateDir, good }) => {
  assert.is(worktreesOf(tree).length, 2);
  assert.is(sure(await resetBisect(stateDir, doors))?.good, good);
  assert.not(existsSync(historyPlace(stateDir).dir));
  assert.equal(worktreesOf(tree), [`worktree ${tree}`]);
  assert.is(sure(await resetBisect(stateDir, doors)), undefined);
});

test('notes that cannot be read: the worktree itself knows its repository', async ({ tree, stateDir }) => {
  rmSync(historyPlace(stateDir).bisect);
  assert.is(sure(await resetBisect(stateDir, doors)), undefined);
  assert.equal(worktreesOf(tree), [`worktree ${tree}`]);
});

test('a tree that is gone, or was moved: the files are removed all the same', async ({ tree, stateDir, good }) => {
  renameSync(tree, `${tree}-moved`);
  assert.is(sure(await resetBisect(stateDir, doors))?.good, good);
  assert.not(existsSync(historyPlace(stateDir).dir));
});

test.run();
