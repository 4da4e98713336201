/**
 * A copy of the built tree, and the copy moved: kloop says where it was built,
 * and make then has nothing to compile. Needs 1.5 GB for as long as it runs.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop } from '../../support/kloop.ts';

const tree = process.env['KLOOP_TEST_TREE'] ?? '';
const dir = join(process.env['KLOOP_TEST_CACHE'] ?? '', 'moved');
const copy = join(dir, 'a-copy-of-it');
const elsewhere = join(dir, 'elsewhere');
const begin = join(dir, 'begin');

/** With a state of its own: the tests' knows these places from an earlier run. */
const inTree = (path: string) => ({ env: path === tree ? {} : { KERNEL_SOURCES: `dir:${path}`, STATE_DIR: join(dir, 'state') } });
const build = (path: string) => kloop(['kernel', '--no-image'], inTree(path));
const kernelRow = async (path: string) => {
  const rows = JSON.parse((await kloop(['plan', 'kernel', '--json'], inTree(path))).stdout) as { target: string; freshness: string; words?: string }[];
  return rows.find((row) => row.target === 'kernel');
};
const said = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
/** What was compiled or linked since the test began. */
const madeSince = (path: string) => said('find', path, '-newer', begin, '(', '-name', '*.o', '-o', '-name', '*.a', '-o', '-name', 'vmlinux', '-o', '-name', 'objtool', '-o', '-name', 'fixdep', ')', '-type', 'f').split('\n').filter((line) => line !== '');
/** What make compiles or links; none of it where it agrees. */
const toCompile = (path: string) => said('make', '-j2', '-C', path, 'vmlinux').split('\n').filter((line) => /^ {2}(?:CC|AS|HOSTCC|HOSTLD|LD|AR) /.test(line));
const naming = (path: string, old: string) => said('sh', '-c', `grep -rlF --include='.*.cmd' -e "$2/" "$1" || :`, 'sh', path, old).split('\n').filter((line) => line !== '');

test.before(() => {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  execFileSync('cp', ['-a', '--reflink=auto', tree, copy]);
  writeFileSync(begin, '');
});
test.after(() => rmSync(dir, { recursive: true, force: true }));

test('a copy: why it is not up to date, the paths put right, nothing compiled, and make agrees', async () => {
  // Its .config was there before kloop, and is kept: that is said first, once.
  assert.is((await kloop(['config'], inTree(copy))).status, 0);
  const row = await kernelRow(copy);
  assert.is(row?.freshness, 'stale');
  assert.is(row?.words, `it was built in ${tree}, then moved or copied here`);
  const ended = await build(copy);
  assert.is(ended.status, 0, ended.stderr);
  assert.match(ended.stderr, new RegExp(`this kernel was built in ${tree}: \\d\\d files in tools/ contain that path\\. They were fixed, and nothing needs recompiling because of the move`));
  assert.equal(madeSince(copy), []);
  assert.equal(toCompile(copy), []);
  assert.equal(naming(copy, tree), []);
  assert.is((await kernelRow(copy))?.freshness, 'fresh');
});

test('the other tree is as it was', async () => {
  assert.ok(naming(tree, tree).length > 10);
  assert.equal(naming(tree, copy), []);
  assert.equal(toCompile(tree), []);
  assert.is((await kernelRow(tree))?.freshness, 'fresh');
});

test('moved: the same again, and an edit there is built', async () => {
  renameSync(copy, elsewhere);
  const ended = await build(elsewhere);
  assert.is(ended.status, 0, ended.stderr);
  assert.match(ended.stderr, `this kernel was built in ${copy}`);
  assert.equal(madeSince(elsewhere), []);
  assert.equal(toCompile(elsewhere), []);
  appendFileSync(join(elsewhere, 'net/mptcp/pm.c'), '\nstatic const char kloop_moved[] __attribute__((used)) = "kloop was moved";\n');
  assert.is((await build(elsewhere)).status, 0);
  assert.ok(readFileSync(join(elsewhere, 'vmlinux')).includes('kloop was moved'));
  assert.ok(madeSince(elsewhere).length < 50);
});

test("an edit in the moved tree's tools/ is seen by make: before, it looked into the other tree", () => {
  appendFileSync(join(elsewhere, 'tools/include/linux/kernel.h'), '\n');
  execFileSync('make', ['-C', elsewhere, 'tools/objtool'], { stdio: 'ignore' });
  assert.ok(madeSince(elsewhere).includes(join(elsewhere, 'tools/objtool/check.o')));
});

test.run();
