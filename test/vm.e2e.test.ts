/** The one line, with the real kernel that kloop has built. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop } from './support/kloop.ts';

const tree = process.env['KLOOP_TEST_TREE'] ?? '';

test("the release of the kernel that was built, on stdout, and nothing else; the command's status is ours", async () => {
  const release = readFileSync(join(tree, 'include/config/kernel.release'), 'utf8').trim();
  const ended = await kloop(['vm', '--', 'sh', '-c', 'uname -r; exit 3']);
  assert.is(ended.stdout, `${release}\n`, ended.stderr);
  assert.is(ended.status, 3);
});

test.run();
