/** A timeline's totals as rates. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ratesOf } from '../../../tasks/paths/plot/rates.ts';
import type { Point } from '../../../tasks/paths/timeline.ts';

const point = (atMs: number, down: number, up = 0): Point => ({ atMs, down: [down], up: [up], payload: [down], moved: down });

test('evenly spaced, whatever the samples are', () => {
  assert.equal(ratesOf([point(1000, 0), point(1150, 1500), point(1200, 1500), point(1300, 4000)], 100), { stepMs: 100, down: [[80_000, 40_000, 200_000]], up: [[0, 0, 0]] });
});

test('of a long time, larger spaces', () => {
  const { stepMs, down } = ratesOf(Array.from({ length: 101 }, (_, i) => point(i * 100, i * 1000)), 10);
  assert.is(stepMs, 1000);
  assert.equal(down, [Array(10).fill(80_000)]);
  assert.equal(ratesOf([], 10), { stepMs: 100, down: [], up: [] });
});

test.run();
