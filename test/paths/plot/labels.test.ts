/** Where the names of changes stand. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { placeLabels, type Label } from '../../../tasks/paths/plot/labels.ts';

const place = (labels: readonly Label[], rows = 3) => placeLabels(labels, { left: 0, right: 1000, rows });

test('in the lowest row that has room', () => {
  assert.equal(place([{ x: 500, text: 'cut wifi' }, { x: 520, text: 'fix wifi' }, { x: 700, text: 'cut lte' }]).map((label) => label?.row), [0, 1, 0]);
  assert.equal(place([{ x: 500, text: 'b' }, { x: 100, text: 'a' }]).map((label) => label?.row), [0, 0]);
});

test('none is cut off at an edge', () => {
  assert.equal(place([{ x: 10, text: 'set wifi delay=10ms' }, { x: 500, text: 'cut' }, { x: 990, text: 'set wifi delay=10ms' }]).map((label) => label?.align), ['left', 'center', 'right']);
});

test('where no row has room, its line stands alone', () => {
  assert.equal(place([{ x: 500, text: 'cut wifi' }, { x: 501, text: 'fix wifi' }, { x: 502, text: 'cut wifi' }], 2).map((label) => label?.row), [0, 1, undefined]);
});

test.run();
