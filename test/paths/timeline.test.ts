/** Handovers, from how much had gone over each path at each time. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { addPoint, handovers, type Point } from '../../tasks/paths/timeline.ts';

const names = ['wifi', 'lte'];
/** A tenth of a second each: what had gone over wifi, and over lte. */
const points = (...payloads: [number, number][]): Point[] => payloads.map(([wifi, lte], i) => ({ atMs: 1000 + 100 * i, down: [], up: [], payload: [wifi, lte], moved: wifi + lte }));
const cut = { atMs: 1210, path: 'wifi', text: 'cut wifi' };

test('data goes on over the other path, after a time', () => {
  const told = handovers(points([0, 0], [5000, 0], [9000, 0], [9500, 0], [9500, 0], [9500, 0], [9500, 0], [9500, 4000], [9500, 9000]), [cut], names);
  assert.equal(told, [{ event: cut, to: ['lte'], gapMs: 400 }]);
});

test('both had carried some: it is hardly noticed', () => {
  assert.equal(handovers(points([0, 0], [5000, 2000], [9000, 4000], [9000, 6000], [9000, 8000]), [cut], names).map(({ to, gapMs }) => [to, gapMs]), [[['lte'], 100]]);
});

test('nothing more comes; nothing was under way; another change', () => {
  assert.equal(handovers(points([0, 0], [5000, 0], [9000, 0], [9000, 0]), [cut], names), [{ event: cut, to: [], gapMs: undefined }]);
  assert.equal(handovers(points([5000, 0], [5000, 3000], [5000, 6000], [5000, 9000]), [cut], names), []);
  assert.equal(handovers(points([0, 0], [5000, 0], [9000, 0], [9000, 4000]), [{ ...cut, text: 'set wifi delay=1s' }], names), []);
  assert.equal(handovers([], [cut], names), []);
});

test('of a long run fewer points are kept, from its start to its end', () => {
  const kept: Point[] = [];
  for (let i = 0; i < 40_000; i++) addPoint(kept, { atMs: i, down: [], up: [], payload: [], moved: i });
  assert.ok(kept.length <= 18_000);
  assert.is(kept[0]?.atMs, 0);
  assert.is(kept.at(-1)?.atMs, 39_999);
});

test.run();
