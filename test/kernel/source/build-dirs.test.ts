import { existsSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { OwnTree } from '../../../config/own-tree.ts';
import { lastBuild, noteBuild } from '../../../tasks/kernel/source/build-dirs.ts';
import { buildDirOf, wholeTree } from '../../support/little-kernel.ts';

const test = suite<{ dir: string; tree: OwnTree }>('build-dirs');
test.before.each((context) => {
  context.dir = realpathSync(mkdtempSync(join(tmpdir(), 'kloop-test-')));
  const path = wholeTree(join(context.dir, 'linux'));
  context.tree = { kind: 'own', path, why: '', state: join(path, '.kloop'), build: undefined };
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));
const last = ({ path, state }: OwnTree) => lastBuild(path, state)?.path;

test('where kloop built it last, for as long as that is a build directory of it', ({ dir, tree }) => {
  assert.is(last(tree), undefined);
  const build = buildDirOf(tree.path, join(dir, 'build'));
  noteBuild(tree, build);
  assert.is(last(tree), build);
  rmSync(join(build, '.config'));
  assert.is(last(tree), undefined);
  writeFileSync(join(build, '.config'), '');
  buildDirOf(wholeTree(join(dir, 'other')), build);
  assert.is(last(tree), undefined, "it is another tree's now");
});

test('a tree that was built in place is built in place: Kbuild refuses to mix the two', ({ dir, tree }) => {
  noteBuild(tree, buildDirOf(tree.path, join(dir, 'build')));
  writeFileSync(join(tree.path, '.config'), '');
  assert.is(last(tree), undefined);
  noteBuild(tree, undefined);
  assert.not(existsSync(join(tree.state, 'build-directory')));
});

test('of those in the tree (make O=build), the one configured last', ({ tree }) => {
  const [first, second] = ['a', 'b'].map((name) => buildDirOf(tree.path, join(tree.path, name)));
  utimesSync(join(first ?? '', '.config'), 2000, 2000);
  utimesSync(join(second ?? '', '.config'), 1000, 1000);
  assert.is(last(tree), first);
});

test.run();
