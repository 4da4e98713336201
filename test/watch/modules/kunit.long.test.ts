/** KUnit's suites as modules, KUnit itself among them: loaded by `check`, which tells of them as of those that are built in. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop } from '../../support/kloop.ts';
import { EditedFunction, good, modularKernel } from './modular-kernel.ts';

const test = suite('KUnit as modules');
const kernel = await modularKernel();
if (kernel === undefined) {
  console.log('# no cache: run it by `npm run test:long -- watch/modules/kunit`');
  test.skip('needs KLOOP_TEST_CACHE', () => undefined);
} else {
  const { tree, env } = kernel;
  const options = ['DEBUG_FS=y', 'KUNIT=m', 'KUNIT_DEBUGFS=y', 'RUNTIME_TESTING_MENU=y', 'KUNIT_EXAMPLE_TEST=m', 'BITS_TEST=m', 'LIST_KUNIT_TEST=m'];
  const bits = new EditedFunction(join(tree, 'lib/test_bits.c'), 'static void genmask_test(struct kunit *test)\n{');
  const check = async (asked: string) => {
    const ended = await kloop(['check', '--json', asked], { env });
    const { tests } = JSON.parse(ended.stdout) as { readonly tests: readonly { readonly id: string; readonly verdict: string; readonly leaves: readonly unknown[] }[] };
    return { ended, tests };
  };

  // What is asked for by itself goes before what `check` asks for: it would have them built in.
  test.before(async () => { good(await kloop(['config', ...options.flatMap((option) => ['--set', `CONFIG_${option}`])], { env })); });

  test('all of them; those of a pattern alone are loaded', async () => {
    const all = await check('kunit');
    assert.is(all.ended.status, 0, all.ended.stderr);
    assert.equal(all.tests.map(({ id, verdict }) => `${id} ${verdict}`).sort(), ['kunit:bits-test passed', 'kunit:example passed', 'kunit:hlist passed', 'kunit:list-kunit-test passed']);
    assert.ok(all.tests.every(({ leaves }) => leaves.length > 0));
    const one = await check('kunit:bits*');
    assert.equal(one.tests.map(({ id, verdict }) => `${id} ${verdict}`), ['kunit:bits-test passed'], one.ended.stderr);
  });

  test('one that fails, and one whose kernel thread dies', async () => {
    bits.begin('KUNIT_EXPECT_EQ(test, 1, 2);');
    const failed = await check('kunit:bits-test');
    assert.is(failed.ended.status, 1, failed.ended.stderr);
    assert.equal(failed.tests.map(({ id, verdict }) => `${id} ${verdict}`), ['kunit:bits-test failed']);
    bits.begin('*(volatile int *)8 = 1;');
    const dead = await check('kunit:bits-test');
    assert.equal(dead.tests.map(({ id, verdict }) => `${id} ${verdict}`), ['kunit failed'], dead.ended.stderr);
    assert.match(dead.ended.stderr, 'NULL pointer dereference');
  });

  test.after(async () => {
    bits.restore();
    good(await kloop(['config', '--reset'], { env }));
  });
}

test.run();
