/** KUnit's suites, built into the shared kernel and run by `check`: what it tells is what the kernel's own files tell when they are read by hand. */
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop } from '../support/kloop.ts';
import { write } from '../support/little-kernel.ts';

const dir = join(process.env['KLOOP_TEST_CACHE'] ?? '', 'kunit');
const fragment = join(dir, 'suites.config');
const env = { KERNEL_FRAGMENTS: `kunit,${fragment}` };

test.before(() => {
  const options = ['RUNTIME_TESTING_MENU', 'KUNIT_EXAMPLE_TEST', 'KUNIT_TEST', 'LIST_KUNIT_TEST', 'CMDLINE_KUNIT_TEST', 'BITS_TEST', 'SYSCTL_KUNIT_TEST', 'HASH_KUNIT_TEST'];
  write(fragment, options.map((option) => `CONFIG_${option}=y\n`).join(''));
});
test.after(async () => {
  const back = await kloop(['kernel', '--no-image']);
  assert.is(back.status, 0, back.stderr);
});

interface Read {
  readonly tests: readonly { readonly id: string; readonly verdict: string; readonly leaves: readonly { readonly verdict: string }[] }[];
}

test('every suite, its verdict and the number of its tests, as they are in debugfs', async () => {
  const ended = await kloop(['check', '--json', 'kunit'], { env });
  assert.is(ended.status, 0, ended.stderr);
  const { tests } = JSON.parse(ended.stdout) as Read;
  const told = tests.map(({ id, verdict, leaves }) => `${id.replace(/^kunit:/, '')} ${verdict} ${leaves.length}`).sort();
  for (const suite of ['example', 'list-kunit-test', 'cmdline', 'bits-test', 'sysctl_test', 'mptcp-token', 'mptcp-crypto']) {
    assert.ok(told.some((one) => one.startsWith(`${suite} passed `)), `${suite}: ${told.join(', ')}`);
  }
  const script = 'cd /sys/kernel/debug/kunit && for suite in *; do printf "%s %s %s\\n" "$suite" "$(tail -n 1 "$suite/results" | grep -q "^ok\\|^    ok" && echo passed || echo failed)" "$(grep -c "^ *\\(not \\)\\?ok " "$suite/results")"; done';
  const byHand = await kloop(['vm', '--', 'sh', '-c', script], { env });
  assert.is(byHand.status, 0, byHand.stderr);
  // The last line of each is the suite's own.
  const read = byHand.stdout.trim().split('\n').map((line) => line.replace(/(\d+)$/, (count) => String(Number(count) - 1))).sort();
  console.log(`# ${tests.length} suites, ${tests.reduce((n, { leaves }) => n + leaves.length, 0)} tests`);
  assert.equal(told, read);
});

test('one suite by its name, and some by a pattern', async () => {
  for (const [asked, count] of [['kunit:example', 1], ['kunit:mptcp*', 2]] as const) {
    const ended = await kloop(['check', '--json', asked], { env });
    assert.is(ended.status, 0, ended.stderr);
    assert.is((JSON.parse(ended.stdout) as Read).tests.length, count);
  }
});

test.run();
