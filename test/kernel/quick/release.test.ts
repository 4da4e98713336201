import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Processes } from '../../../tasks/host/processes/process.ts';
import { releaseChanged } from '../../../tasks/kernel/quick/release.ts';
import { git, littleTree, write } from '../../support/little-kernel.ts';

const test = suite<{ tree: string }>('the release');
test.before.each((context) => {
  context.tree = littleTree(join(mkdtempSync(join(tmpdir(), 'kloop-test-')), 'linux'));
  // Does with git what the kernel's own does, as far as a `+` goes.
  write(join(context.tree, 'scripts/setlocalversion'), 'test -e "$1/.git" && echo + || echo\n');
});
test.after.each(({ tree }) => rmSync(join(tree, '..'), { recursive: true }));

const changed = (tree: string, built: string) => {
  write(join(tree, 'include/config/kernel.release'), `${built}\n`);
  return releaseChanged({ tree: { source: tree, build: tree }, exported: { KERNELVERSION: '6.1.0' }, env: process.env, signal: new AbortController().signal }, new Processes());
};

test('without git it is as it was', async ({ tree }) => {
  assert.is(await changed(tree, '6.1.0'), false);
});

test('a tree that has become a repository, and one that is none any more', async ({ tree }) => {
  git(tree, 'init', '--quiet');
  assert.is(await changed(tree, '6.1.0'), true);
  assert.is(await changed(tree, '6.1.0+'), false);
  rmSync(join(tree, '.git'), { recursive: true });
  assert.is(await changed(tree, '6.1.0+'), true);
  for (const built of ['6.1.0-00012-g0123456789ab', '6.1.0-dirty']) assert.is(await changed(tree, built), true, built);
});

test.run();
