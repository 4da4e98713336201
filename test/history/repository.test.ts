/** What revisions name, in a little repository and real git. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { commitsIn, describe, endsOf, filesBetween, isDirty, openRepository, type Repository } from '../../tasks/history/repository.ts';
import { Processes } from '../../tasks/host/processes/process.ts';
import { formatFailure, isFailure, type Result } from '../../tasks/report/failure.ts';
import { littleHistory } from './little-history.ts';
import { git } from '../support/little-kernel.ts';

const test = suite<{ dir: string; tree: string; ids: string[]; repository: Repository }>('repository');
const doors = { processes: new Processes(), signal: new AbortController().signal };

const sure = <T>(result: Result<T>): T => {
  if (isFailure(result)) throw new Error(formatFailure(result));
  return result;
};
const wordsOf = (result: unknown): string => (isFailure(result) ? formatFailure(result) : 'no failure');

test.before.each(async (context) => {
  context.dir = realpathSync(mkdtempSync(join(tmpdir(), 'kloop-test-')));
  context.tree = join(context.dir, 'linux');
  context.ids = littleHistory(context.tree, ['a', 'b', 'c', 'd']);
  context.repository = sure(await openRepository(context.tree, doors));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

test('a tree that git does not know, and one within another repository, have no history', async ({ dir, tree }) => {
  mkdirSync(join(dir, 'plain'));
  assert.match(wordsOf(await openRepository(join(dir, 'plain'), doors)), 'it is not a git repository');
  mkdirSync(join(tree, 'inner'));
  assert.match(wordsOf(await openRepository(join(tree, 'inner'), doors)), 'it is not a git repository');
  mkdirSync(join(dir, 'empty'));
  git(join(dir, 'empty'), 'init', '--quiet');
  assert.match(wordsOf(await openRepository(join(dir, 'empty'), doors)), 'its repository has no commit');
});

test("the caller's own GIT_DIR does not count", async ({ dir, tree, repository }) => {
  littleHistory(join(dir, 'other'), ['x']);
  process.env['GIT_DIR'] = join(dir, 'other/.git');
  try {
    assert.is(sure(await openRepository(tree, doors)).shared, repository.shared);
  } finally {
    delete process.env['GIT_DIR'];
  }
});

test('two ends: branches, tags, counted back', async ({ tree, ids, repository }) => {
  git(tree, 'tag', 'v1', ids[1] ?? '');
  assert.equal(sure(await endsOf('v1', 'HEAD', repository)), { good: ids[1], bad: ids[3] });
  assert.equal(sure(await endsOf('HEAD~3', 'main', repository)), { good: ids[0], bad: ids[3] });
});

test('ends that are none: unknown, one commit, the wrong way round, of two branches, without a common history', async ({ tree, ids, repository }) => {
  assert.match(wordsOf(await endsOf('v9', 'HEAD', repository)), "there is no commit 'v9'");
  assert.match(wordsOf(await endsOf('--all', 'HEAD', repository)), "there is no commit '--all'");
  assert.match(wordsOf(await endsOf('HEAD', 'main', repository)), 'HEAD and main are one commit');
  const reversed = wordsOf(await endsOf('HEAD', 'HEAD~2', repository));
  assert.match(reversed, 'the other way round');
  assert.match(reversed, "Next: npm run bisect -- 'HEAD~2' HEAD -- …");
  git(tree, 'checkout', '--quiet', '-b', 'side', ids[1] ?? '');
  writeFileSync(join(tree, 'side'), '');
  git(tree, 'add', 'side');
  git(tree, 'commit', '--quiet', '--message=side');
  assert.match(wordsOf(await endsOf('side', 'main', repository)), `Both come from ${ids[1]?.slice(0, 12)}`);
  git(tree, 'checkout', '--quiet', '--orphan', 'alone');
  git(tree, 'commit', '--quiet', '--message=alone');
  assert.match(wordsOf(await endsOf('alone', 'main', repository)), 'no history in common');
});

test('a shallow clone says that it is one', async ({ dir, tree }) => {
  execFileSync('git', ['clone', '--quiet', '--depth=1', `file://${tree}`, join(dir, 'shallow')], { stdio: 'pipe' });
  const shallow = sure(await openRepository(join(dir, 'shallow'), doors));
  const words = wordsOf(await endsOf('HEAD~2', 'HEAD', shallow));
  assert.match(words, 'shallow');
  assert.match(words, 'fetch --unshallow');
});

test('a range: oldest first, and the commit before it', async ({ ids, repository }) => {
  assert.equal(sure(await commitsIn('HEAD~2..HEAD', repository)), { commits: ids.slice(2), before: ids[1] });
  assert.equal(sure(await commitsIn('HEAD~2..', repository)), { commits: ids.slice(2), before: ids[1] });
  assert.equal(sure(await commitsIn('HEAD~1', repository)), { commits: ids.slice(3), before: ids[2] });
});

test('ranges that are none', async ({ repository }) => {
  assert.match(wordsOf(await commitsIn('HEAD..HEAD', repository)), 'there is no commit in it');
  assert.match(wordsOf(await commitsIn('HEAD~1...HEAD', repository)), 'a range has two dots');
  assert.match(wordsOf(await commitsIn('..HEAD', repository)), 'it does not say after which commit it begins');
  assert.match(wordsOf(await commitsIn('v9..HEAD', repository)), "there is no commit 'v9'");
});

test('what a commit is about, and the files in which two differ', async ({ ids, repository }) => {
  const told = sure(await describe(ids[2] ?? '', repository.git));
  assert.equal([told.subject, told.author], ['change 2', 'A Tester']);
  assert.match(told.date, /^\d{4}-\d\d-\d\d /);
  assert.equal([...sure(await filesBetween(ids[1] ?? '', ids[3] ?? '', repository.git))].sort(), ['file-2', 'file-3', 'state']);
});

test('a tree with changes', async ({ tree, repository }) => {
  assert.is(sure(await isDirty(repository)), false);
  writeFileSync(join(tree, 'state'), 'mine\n');
  assert.is(sure(await isDirty(repository)), true);
});

test.run();
