/** kselftest collections of the real tree: built by their own makefiles outside of it, and run. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../../tasks/host/files.ts';
import { kloop } from '../../support/kloop.ts';
import { testIf } from '../../support/skip-unless.ts';

const kernel = process.env['KLOOP_TEST_KERNEL'] ?? '';
const tree = process.env['KLOOP_TEST_TREE'] ?? '';
const withRsync = testIf(findProgram('rsync') !== undefined, test);

interface Read {
  readonly tests: readonly { readonly id: string; readonly verdict: string; readonly why?: string }[];
}

withRsync('programs in C are built and run; the tree has nothing of it; the second time nothing is built', async () => {
  const ended = await kloop(['check', '--kernel', kernel, '--json', 'kcmp', 'timers:posix_timers']);
  assert.equal((JSON.parse(ended.stdout) as Read).tests.map(({ id, verdict, why }) => [id, verdict, why]), [['kcmp:kcmp_test', 'passed', undefined], ['timers:posix_timers', 'passed', undefined]]);
  assert.is(ended.status, 0, ended.stderr);
  assert.not(existsSync(join(tree, 'tools/testing/selftests/kcmp/kcmp_test')));
  const again = await kloop(['check', '--kernel', kernel, 'kcmp']);
  assert.is(again.status, 0, again.stderr);
  assert.not.match(again.stderr, /headers|tests-kcmp/);
});

withRsync("a test that a collection does not have is told with what is meant; one that does not compile, by the compiler's lines", async () => {
  const ended = await kloop(['check', '--kernel', kernel, 'kcmp:kcmp_tset']);
  assert.is(ended.status, 125, ended.stderr);
  assert.match(ended.stderr, /^kloop: kcmp has no test 'kcmp_tset'\. Did you mean kcmp_test\?$/m);
  const broken = await kloop(['check', '--kernel', kernel, 'kcmp'], { env: { KERNEL_MAKE_ARGS: 'USERCFLAGS=-include/nowhere.h' } });
  assert.is(broken.status, 125, broken.stderr);
  assert.match(broken.stderr, /error: .*nowhere\.h[^]*^kloop: the tests of kcmp do not compile$/m);
});

test.run();
