/** A hundred exchanges of a module in one VM: nothing is left behind by any. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { usage, WatchRun } from '../../support/watch-run.ts';
import { EditedFunction, modularKernel } from './modular-kernel.ts';

const test = suite('a hundred modules under watch');
const kernel = await modularKernel();
if (kernel === undefined) {
  console.log('# no cache: run it by `npm run test:long -- watch/modules/soak`');
  test.skip('needs KLOOP_TEST_CACHE', () => undefined);
} else {
  const { tree, env, dir } = kernel;
  const bbr = new EditedFunction(join(tree, 'net/ipv4/tcp_bbr.c'), 'static int __init bbr_register(void)\n{');

  test('one object: no boot, the new code runs; a hundred times without a trace', async () => {
    bbr.restore();
    const run = new WatchRun({ dir, env: { ...process.env, ...env } }, ['--', 'sh', '-c', 'modprobe tcp_bbr; dmesg | grep -o "kloop mark .*" | tail -1']);
    try {
      assert.is((await run.next(900_000)).verdict, 'passed', run.stderr);
      await run.says(/watching \d+ files/);
      let before: ReturnType<typeof usage> | undefined;
      for (let i = 0; i < 100; i++) {
        const from = run.stderr.length;
        bbr.begin(`pr_alert("kloop mark ${i}\\n");`);
        const swapped = await run.next();
        assert.is(swapped.verdict, 'passed', run.stderr.slice(from));
        assert.equal([swapped.swapped, swapped.bootMs], [['tcp_bbr'], undefined]);
        assert.match(run.stderr.slice(from), `kloop mark ${i}\n`);
        if (i === 20) before = usage(run.pid);
      }
      const after = usage(run.pid);
      assert.ok(before !== undefined && after.descriptors <= before.descriptors + 2, `${before?.descriptors} descriptors, then ${after.descriptors}`);
      assert.ok(before !== undefined && after.memoryMib <= before.memoryMib + 40, `${before?.memoryMib} MiB, then ${after.memoryMib}`);
    } finally {
      await run.stop();
      bbr.restore();
    }
  });
}

test.run();
