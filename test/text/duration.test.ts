import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { duration } from '../../tasks/text/duration.ts';

test('durations as a person reads them', () => {
  const minute = 60_000;
  const hour = 60 * minute;
  const told: [ms: number, words: string][] = [
    [-5, '0 ms'], [12.4, '12 ms'], [99, '99 ms'], [100, '0.1 s'], [3449, '3.4 s'], [minute, '1 min 0 s'], [5 * minute + 12_000, '5 min 12 s'],
    [hour, '1 h 0 min'], [2 * hour + 5 * minute, '2 h 5 min'], [47 * hour, '47 h 0 min'], [48 * hour, '2 days'], [80 * hour, '3 days'],
  ];
  assert.equal(told.map(([ms]) => duration(ms)), told.map(([, words]) => words));
});

test.run();
