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
  const measured = await measure({ name: 'n', a: side('a', [99, 1, 2, 9]), b: side('b', [99, 2, 4, 10]), goal: { is: 'ratio', most: 0.5 } }, 3, () => clock);
  assert.equal(order.slice(0, 4), ['prepare a', 'a', 'prepare b', 'b']);
  assert.equal(measured.a.figures, { min: 1, median: 2, max: 9 });
  assert.is(measured.value, 0.5);
  assert.ok(measured.met);
  assert.match(asTable([measured]), /n +a 2.00 s +b 4.00 s +A\/B 0.500 +<= 0.5 +met/);
});

test('a missed goal is shown', async () => {
  const one = (label: string, s: number) => ({ label, run: () => Promise.resolve(s) });
  const measured = await measure({ name: 'n', a: one('a', 2), b: one('b', 1), goal: { is: 'ratio', most: 1 } }, 1, () => 0);
  assert.not(measured.met);
  assert.match(asTable([measured]), /MISSED/);
});

test('goals of the other kinds: a difference, a rate, and A by itself', async () => {
  const one = (label: string, s: number) => ({ label, run: () => Promise.resolve(s) });
  const beside = await measure({ name: 'n', a: one('a', 2), b: one('b', 1.5), goal: { is: 'beside', most: 0.4 } }, 1, () => 0);
  assert.is(beside.value, 0.5);
  assert.not(beside.met);
  const rate = await measure({ name: 'n', a: one('a', 97), b: one('b', 100), goal: { is: 'share', least: 0.95 }, unit: 'MB/s' }, 1, () => 0);
  assert.ok(rate.met);
  const alone = await measure({ name: 'n', a: one('a', 120), goal: { is: 'alone', most: 150 }, unit: 'MiB' }, 3, () => 0);
  assert.ok(alone.met);
  assert.match(asTable([beside, rate, alone]), /A-B 0.500 s +<= 0.4 s +MISSED\n.*a 97.00 MB\/s.*>= 0.95 +met\n.*A 120.000 MiB +<= 150 MiB +met/);
});

test('what takes too long is done once, and nothing before it', async () => {
  let runs = 0;
  const measured = await measure({ name: 'n', a: { label: 'a', run: () => Promise.resolve(++runs) }, goal: { is: 'alone', most: 1 }, once: true }, 5, () => 0);
  assert.is(runs, 1);
  assert.is(measured.pairs, 1);
});

test.run();
