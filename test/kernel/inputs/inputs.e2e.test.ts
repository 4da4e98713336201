/** kloop's list of inputs on the real tree, with make as the judge. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../../support/kloop.ts';
import { consideredByMake, unseen } from '../../support/make-judge.ts';

const dir = process.env['KLOOP_TEST_TREE'] ?? '';
const stateDir = process.env['STATE_DIR'] ?? join(root, '.kloop');

test('no file of the tree that make reads or considers for vmlinux is unseen', () => {
  const tree = { source: dir, build: dir };
  const considered = consideredByMake(tree, 'vmlinux');
  // It did go through the whole tree, and into the programs of the host.
  assert.ok(considered.size > 2500, String(considered.size));
  for (const file of ['net/mptcp/pm.c', 'scripts/mod/modpost.c', 'tools/objtool/check.c', 'tools/lib/string.c', 'arch/x86/include/asm/Kbuild']) {
    assert.ok(existsSync(join(dir, file)) && considered.has(join(dir, file)), file);
  }
  assert.equal(unseen(tree, stateDir, considered), []);
});

test.run();
