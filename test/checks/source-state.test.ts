import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inHookOf } from '../support/git-env.ts';
import { sourceState } from '../../tasks/checks/source-state.ts';
import { Processes } from '../../tasks/host/processes/process.ts';

const test = suite<{ dir: string }>('source state');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

function git(dir: string, ...args: string[]): void {
  const ended = spawnSync('git', ['-C', dir, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { encoding: 'utf8' });
  assert.is(ended.status, 0, ended.stderr);
}
const state = (dir: string) => sourceState(dir, new Processes());

test('the commit; what is not committed, new files by their names', async ({ dir }) => {
  git(dir, 'init', '-q');
  assert.equal(await state(dir), { tree: dir, diff: '' });
  writeFileSync(join(dir, 'a.c'), 'one\n');
  git(dir, 'add', '-A');
  git(dir, 'commit', '-qm', 'first: a line');
  const clean = await state(dir);
  assert.match(clean.head ?? '', /^[0-9a-f]{7,} first: a line$/);
  assert.is(clean.diff, '');
  writeFileSync(join(dir, 'a.c'), 'two\n');
  writeFileSync(join(dir, 'new ü.c'), '');
  const { diff } = await state(dir);
  assert.match(diff, '-one\n+two\n');
  assert.ok(diff.endsWith('new file, not known to git: new ü.c\n'), diff);
});

test('in a hook of another repository', async ({ dir }) => {
  const [own, other] = [join(dir, 'own'), join(dir, 'other')];
  for (const [tree, subject] of [[own, 'mine'], [other, 'theirs']] as const) {
    mkdirSync(tree);
    git(tree, 'init', '-q');
    git(tree, 'commit', '-q', '--allow-empty', '-m', subject);
  }
  assert.match((await inHookOf(other, () => state(own))).head ?? '', / mine$/);
});

test('one that is too long is cut off', async ({ dir }) => {
  git(dir, 'init', '-q');
  writeFileSync(join(dir, 'a'), '');
  git(dir, 'add', '-A');
  git(dir, 'commit', '-qm', 'a');
  writeFileSync(join(dir, 'a'), 'x'.repeat(99).concat('\n').repeat(10_000));
  const { diff } = await state(dir);
  assert.ok(diff.length < 300_000);
  assert.ok(diff.endsWith('\n… cut off here: more is changed than is kept …\n'));
});

test("without git's, and within another's repository, no commit is told", async ({ dir }) => {
  assert.equal(await state(dir), { tree: dir, diff: '' });
  git(dir, 'init', '-q');
  const inner = join(dir, 'inner');
  mkdirSync(inner);
  writeFileSync(join(inner, 'a'), '');
  git(dir, 'add', '-A');
  git(dir, 'commit', '-qm', 'a');
  assert.equal(await state(inner), { tree: inner, diff: '' });
});

test.run();
