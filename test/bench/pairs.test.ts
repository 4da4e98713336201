import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { asTable, measure, median } from '../../tasks/bench/pairs.ts';

test('the median of an even count lies between the two in the middle', () => {
  assert.is(median([4, 1, 3, 2]), 2.5);
  assert.is(median([5, 1, 3]), 3);
});

test('sides take turns, the first pair is not counted, and the ratio is made pair by pair', async () => {
  let clock = 0;
  const order: string[] = [];
  const side = (label: string, times: number[]) => ({
    label,
    prepare: () => { order.push(`prepare ${label}`); clock += 9000; return Promise.resolve(); },
    run: () => { order.push(label); clock += (times.shift() ?? 0) * 1000; return Promise.resolve(); },
  });
  const measured = await measure({ name: 'n', a: side('a', [99, 1, 2, 9]), b: side('b', [99, 2, 4, 10]), most: 0.5 }, 3, () => clock);
  assert.equal(order.slice(0, 4), ['prepare a', 'a', 'prepare b', 'b']);
  assert.equal(measured.a.seconds, { min: 1, median: 2, max: 9 });
  assert.is(measured.ratio, 0.5);
  assert.ok(measured.met);
  assert.match(asTable([measured]), /n +a 2.00 s +b 4.00 s +0.500 +<= 0.5 +met/);
});

test('a missed goal is shown', async () => {
  const one = (label: string, s: number) => ({ label, run: () => Promise.resolve(s) });
  const measured = await measure({ name: 'n', a: one('a', 2), b: one('b', 1), most: 1 }, 1, () => 0);
  assert.not(measured.met);
  assert.match(asTable([measured]), /MISSED/);
});

test.run();
