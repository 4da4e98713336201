/** Which tree a person stands in: little trees, and real git. */
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findTree } from '../../../tasks/kernel/source/find-tree.ts';
import { isFailure } from '../../../tasks/report/failure.ts';
import { testIf } from '../../support/skip-unless.ts';
import { buildDirOf, git, littleRepository, littleTree, wholeTree, write } from '../../support/little-kernel.ts';

const test = suite<{ dir: string; tree: string }>('find-tree');
test.before.each((context) => {
  context.dir = realpathSync(mkdtempSync(join(tmpdir(), 'kloop-test-')));
  context.tree = wholeTree(join(context.dir, 'linux'));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const env = { HOME: '/home/me' };
/** What is found, in a line. */
function from(cwd: string, more: { named?: string; projectDir?: string } = {}): string {
  const found = findTree({ cwd, projectDir: '/nowhere', env, ...more });
  if (isFailure(found)) return `refused: ${found.words.what}`;
  if (found.kind === 'none') return `${found.met.what} ${found.path}${found.met.what === 'part' ? `: ${found.met.why}` : ''}`;
  const build = found.build === undefined ? '' : `; in ${found.build.path} (${found.build.why})${found.build.here ? '!' : ''}`;
  return `${found.path} (${found.why})${build}`;
}

test('at its top, and anywhere below; not beside it', ({ dir, tree }) => {
  assert.is(from(tree), `${tree} (you are in it)`);
  assert.is(from(join(tree, 'net/mptcp')), `${tree} (you are in it)`);
  assert.is(from(dir), `nothing ${dir}`);
  assert.is(from(join(dir, 'gone')), `nothing ${join(dir, 'gone')}`);
});

test('by a symbolic link it is the same tree', ({ dir, tree }) => {
  symlinkSync(tree, join(dir, 'link'));
  assert.is(from(join(dir, 'link/net')), `${tree} (you are in it)`);
  assert.is(from(dir, { named: join(dir, 'link') }), `${tree} (by --tree)`);
});

test('--tree counts more than where one stands; a directory in the tree will do', ({ dir, tree }) => {
  const other = wholeTree(join(dir, 'other'));
  assert.is(from(tree, { named: other }), `${other} (by --tree)`);
  assert.is(from(tree, { named: join(other, 'net') }), `${other} (by --tree)`);
});

test('what --tree names and is no tree is refused, with what it lacks', ({ dir, tree }) => {
  assert.is(from(tree, { named: join(dir, 'gone') }), `refused: ${join(dir, 'gone')} isn't a kernel tree: there is no such directory`);
  assert.is(from(tree, { named: dir }), `refused: ${dir} isn't a kernel tree: it has no Makefile`);
});

test('in the build directory of a variant: the tree, and that variant; not a build of the tree as it is', ({ tree }) => {
  const build = buildDirOf(tree, join(tree, '.kloop/variants/debug/build'));
  const found = findTree({ cwd: build, projectDir: '/nowhere', env });
  assert.equal(isFailure(found) || found.kind === 'none' ? found : [found.path, found.variant, found.build], [tree, 'debug', undefined]);
  const last = buildDirOf(tree, join(tree, 'out'));
  const again = findTree({ cwd: build, projectDir: '/nowhere', env });
  assert.is(isFailure(again) || again.kind === 'none' ? undefined : again.build?.path, last);
  const beside = findTree({ cwd: last, projectDir: '/nowhere', env });
  assert.is(isFailure(beside) || beside.kind === 'none' ? undefined : beside.variant, undefined);
});

test('half a tree is told as that, and so is what took over its build system', ({ dir, tree }) => {
  rmSync(join(tree, 'init'), { recursive: true });
  assert.is(from(join(tree, 'net')), `part ${tree}: it is not a whole kernel tree: it has no init/main.c`);
  assert.match(from(dir, { named: tree }), /^refused: .* not a whole kernel tree/);
  const half = join(dir, 'half');
  write(join(half, 'Makefile'), 'VERSION = 6\nPATCHLEVEL = 1\n');
  write(join(half, 'Kconfig'), '');
  assert.is(from(half), `part ${half}: it is not a whole kernel tree: it has no Kbuild`);
});

test("another project's Makefile with a version is nothing", ({ dir }) => {
  write(join(dir, 'project/Makefile'), 'VERSION = 1\nPATCHLEVEL = 2\n');
  assert.is(from(join(dir, 'project')), `nothing ${join(dir, 'project')}`);
});

test('a build directory leads to its tree, from below as well; one of a tree that is gone says so', ({ dir, tree }) => {
  const build = buildDirOf(tree, join(dir, 'build'));
  mkdirSync(join(build, 'net'));
  assert.is(from(join(build, 'net')), `${tree} (you are in a build directory of it); in ${build} (you are in it)!`);
  assert.is(from(dir, { named: build }), `${tree} (by --tree); in ${build} (by --tree)!`);
  const inside = buildDirOf(tree, join(tree, 'out'));
  assert.is(from(inside), `${tree} (you are in a build directory of it); in ${inside} (you are in it)!`);
  renameSync(tree, join(dir, 'moved'));
  assert.is(from(build), `part ${build}: it is a build directory of ${tree}, which does not exist`);
});

test('a directory with a link `source` alone is none: /lib/modules/VERSION has one', ({ dir, tree }) => {
  mkdirSync(join(dir, 'modules'));
  symlinkSync(tree, join(dir, 'modules/source'));
  assert.is(from(join(dir, 'modules')), `nothing ${join(dir, 'modules')}`);
});

test("kloop's checkout in a tree is not a part of it, for who stands in the checkout", ({ tree }) => {
  const checkout = join(tree, 'tools/kloop');
  mkdirSync(join(checkout, 'tasks'), { recursive: true });
  assert.is(from(join(checkout, 'tasks'), { projectDir: checkout }), `nothing ${join(checkout, 'tasks')}`);
  assert.is(from(tree, { projectDir: checkout }), `${tree} (you are in it)`);
});

test('a git worktree is a tree of its own; a bare clone has nothing to build', ({ dir }) => {
  const repository = littleRepository(wholeTree(join(dir, 'repository')));
  const worktree = join(dir, 'worktree');
  git(repository, 'worktree', 'add', '--quiet', worktree, 'old');
  assert.is(from(join(worktree, 'net')), `${worktree} (you are in it)`);
  assert.is(from(join(repository, '.git/refs')), `${repository} (you are in it)`);
  const bare = join(dir, 'linux.git');
  git(dir, 'clone', '--quiet', '--bare', repository, bare);
  assert.is(from(join(bare, 'refs')), `bare ${bare}`);
  assert.is(from(dir, { named: bare }), `refused: ${bare} is a bare git repository: there are no files in it to build`);
});

test('a submodule is a tree in another repository', ({ dir, tree }) => {
  littleRepository(tree);
  const project = join(dir, 'project');
  mkdirSync(project);
  git(project, 'init', '--quiet');
  git(project, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', tree, 'linux');
  assert.is(from(join(project, 'linux/net')), `${join(project, 'linux')} (you are in it)`);
  assert.is(from(project), `nothing ${project}`);
});

test('where anyone may write, a tree above where one stands is not taken; who stands in it has chosen it', ({ dir, tree }) => {
  chmodSync(tree, 0o1777);
  assert.is(from(join(tree, 'net')), `nothing ${join(tree, 'net')}`);
  assert.is(from(tree), `${tree} (you are in it)`);
  // Some file systems show all files so, and they are the user's own.
  chmodSync(tree, 0o777);
  assert.is(from(join(tree, 'net')), `${tree} (you are in it)`);
  assert.is(from(dir), `nothing ${dir}`);
});

test('the path may be one that Kbuild refuses: it is the tree all the same, and told when it is built', ({ dir }) => {
  const tree = wholeTree(join(dir, 'a b'));
  assert.is(from(tree), `${tree} (you are in it)`);
});

const stateOf = (tree: string) => {
  const found = findTree({ cwd: tree, projectDir: '/nowhere', env });
  return isFailure(found) || found.kind === 'none' ? '' : found.state;
};

test('its state is at its top', ({ tree }) => {
  assert.is(stateOf(tree), join(tree, '.kloop'));
});

// Root may write to all of them: there package/installed.e2e.test.ts shows it, by a user of its own.
testIf(process.getuid?.() !== 0, test)("where that is not the user's to write to, it is among their own", ({ tree }) => {
  chmodSync(tree, 0o555);
  assert.match(stateOf(tree), /^\/home\/me\/\.local\/state\/kloop\/trees\/linux-[0-9a-f]{12}$/);
  chmodSync(tree, 0o755);
});

test('littleTree is the least of a tree that is named, not of one that is found', ({ dir }) => {
  assert.match(from(littleTree(join(dir, 'little'))), /^part .*: it is not a whole kernel tree: it has no init\/main\.c$/);
});

test.run();
