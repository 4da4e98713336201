import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inHookOf } from '../../support/git-env.ts';
import { testsAbout } from '../../../tasks/checks/find/about.ts';
import { changedFiles } from '../../../tasks/checks/find/changed.ts';
import { askedWords } from '../../../tasks/checks/asked.ts';
import { checkFailure } from '../../../tasks/checks/reasons.ts';
import { Processes } from '../../../tasks/host/processes/process.ts';
import { isFailure } from '../../../tasks/report/failure.ts';

const test = suite<{ dir: string }>('changed');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

function git(dir: string, ...args: string[]): void {
  const ended = spawnSync('git', ['-C', dir, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { encoding: 'utf8' });
  assert.is(ended.status, 0, ended.stderr);
}
function write(dir: string, file: string, text: string): void {
  mkdirSync(join(dir, file, '..'), { recursive: true });
  writeFileSync(join(dir, file), text);
}
const changed = (dir: string) => changedFiles(dir, new Processes());

test('in a hook of another repository', async ({ dir }) => {
  const [own, other] = [join(dir, 'own'), join(dir, 'other')];
  for (const [tree, file] of [[own, 'mine.c'], [other, 'theirs.c']] as const) {
    write(tree, file, '');
    git(tree, 'init', '-q');
    git(tree, 'add', '-A');
    git(tree, 'commit', '-qm', 'one');
  }
  assert.equal(await inHookOf(other, () => changed(own)), { files: ['mine.c'], since: 'in the last commit' });
});

test('not committed and new files; else the last commit; with an upstream, what is on top of it', async ({ dir }) => {
  git(dir, 'init', '-q', '-b', 'main');
  write(dir, 'a b.c', '1');
  write(dir, '.gitignore', '*.o\n');
  git(dir, 'add', '-A');
  git(dir, 'commit', '-qm', 'one');
  assert.equal(await changed(dir), { files: ['.gitignore', 'a b.c'], since: 'in the last commit' });
  write(dir, 'a b.c', '2');
  write(dir, 'net/ü.c', '');
  write(dir, 'x.o', '');
  assert.equal(await changed(dir), { files: ['a b.c', 'net/ü.c'], since: 'since the last commit' });
  git(dir, 'branch', 'up');
  git(dir, 'branch', '-q', '--set-upstream-to=up');
  git(dir, 'add', '-A');
  git(dir, 'commit', '-qm', 'two');
  assert.equal(await changed(dir), { files: ['a b.c', 'net/ü.c'], since: 'since up' });
  git(dir, 'reset', '-q', '--hard', 'up');
  assert.ok(checkFailure.is(await changed(dir), 'nothing-changed'));
});

test("a directory without git's, and one within another's repository", async ({ dir }) => {
  assert.ok(checkFailure.is(await changed(dir), 'not-git'));
  git(dir, 'init', '-q');
  mkdirSync(join(dir, 'inner'));
  assert.ok(checkFailure.is(await changed(join(dir, 'inner')), 'not-git'));
});

test('the tests of a change: collections by MAINTAINERS, suites by their place; without MAINTAINERS it is told', ({ dir }) => {
  assert.ok(checkFailure.is(testsAbout(dir, ['net/mptcp/pm.c']), 'no-maintainers'));
  write(dir, 'MAINTAINERS', 'NETWORKING [MPTCP]\nF:\tnet/mptcp/\nF:\ttools/testing/selftests/net/mptcp/\n');
  write(dir, 'tools/testing/selftests/net/mptcp/Makefile', 'TEST_PROGS := diag.sh\ninclude ../../lib.mk\n');
  write(dir, 'net/mptcp/token_test.c', 'static struct kunit_suite s = {\n\t.name = "mptcp-token",\n};\n');
  write(dir, 'net/mptcp/Makefile', 'obj-$(CONFIG_MPTCP_KUNIT_TEST) += token_test.o\n');
  const tests = testsAbout(dir, ['net/mptcp/pm.c']);
  assert.equal(isFailure(tests) ? [] : tests.map(({ asked }) => askedWords(asked)), ['net/mptcp', 'kunit:mptcp-token']);
  assert.ok(checkFailure.is(testsAbout(dir, ['fs/x.c']), 'no-tests-for'));
});

test.run();
