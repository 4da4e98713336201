/** Run after run, with saves at random moments of the build: no save is lost, and the watch does not grow. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { randomBy } from '../support/edits.ts';
import { MarkedSource, processesWith, usage, WatchRun, workshop } from '../support/watch-run.ts';
import { isLongRun } from '../support/skip-unless.ts';

const shop = workshop('soak');
const runs = Number(process.env['KLOOP_TEST_STEPS'] ?? (isLongRun ? 100 : 2));
/** What watch may hold when all is quiet, however long it ran. */
const mostMib = 120;
/** And at any moment, a build's included. */
const mostPeakMib = 140;
/** Afterwards everything that is loaded once is loaded. */
const settledAfter = Math.min(10, runs / 2);
const seed = Number(process.env['KLOOP_TEST_SEED'] ?? Date.now() % 100_000);

/** The collector of garbage has run. A measurement over time, not a wait for something. */
const rest = () => new Promise((resolve) => setTimeout(resolve, 3000));

if (shop === undefined) {
  console.log('# no shared kernel: run it by `npm test -- watch/soak`');
  test.skip('soak');
} else {
  test(`${runs} runs, seed ${seed}`, async () => {
    const random = randomBy(seed);
    const source = new MarkedSource(shop.tree);
    source.restore();
    const script = join(shop.dir, 'mark.sh');
    writeFileSync(script, "#!/bin/sh\ndmesg | grep -o 'kloop mark .*'\n");
    chmodSync(script, 0o755);
    source.mark('soak 0');
    const run = new WatchRun(shop, ['--', script]);
    const lastMark = () => /kloop mark (.*)\n(?![^]*kloop mark)/.exec(run.stderr)?.[1];
    const began = performance.now();
    try {
      assert.is((await run.next(900_000)).verdict, 'passed', run.stderr);
      let before = usage(run.pid);
      for (let i = 1; i <= runs; i++) {
        let last = `soak ${i}`;
        source.mark(last);
        const again = random() < 0.5 ? Math.floor(random() * 5000) : undefined;
        if (again !== undefined) {
          await new Promise((resolve) => setTimeout(resolve, again));
          last = `soak ${i} again`;
          source.mark(last);
        }
        const concluded = run.runs.length;
        await run.until(() => lastMark() === last && run.runs.length > concluded, 120_000, `no kernel ran '${last}', seed ${seed}`);
        if (i === settledAfter) {
          await rest();
          before = usage(run.pid);
        }
      }
      await rest();
      const odd = run.runs.find(({ verdict }) => verdict !== 'passed' && verdict !== 'superseded');
      assert.is(odd, undefined, `seed ${seed}: ${JSON.stringify(odd)}\n${run.stderr.slice(-4000)}`);
      const given = run.runs.reduce((sum, { restarts }) => sum + restarts, 0);
      const after = usage(run.pid);
      console.log(`# ${runs} runs in ${((performance.now() - began) / 1000).toFixed(0)} s, ${given} builds given up; after run ${settledAfter}: ${before.memoryMib.toFixed(0)} MiB, ${before.descriptors} descriptors; at the end: ${after.memoryMib.toFixed(0)} MiB, ${after.descriptors}; at most ${after.peakMib.toFixed(0)} MiB`);
      assert.ok(after.descriptors <= before.descriptors, `descriptors: ${before.descriptors} then ${after.descriptors}`);
      assert.ok(after.memoryMib <= mostMib, `memory: ${after.memoryMib} MiB`);
      assert.ok(after.peakMib <= mostPeakMib, `memory at its highest: ${after.peakMib} MiB`);
      assert.ok(after.memoryMib <= before.memoryMib * 1.2 + 5, `memory: ${before.memoryMib} then ${after.memoryMib} MiB`);
    } finally {
      await run.stop('SIGTERM');
      source.restore();
    }
    assert.equal(processesWith('test-soak'), []);
  });
}

test.run();
