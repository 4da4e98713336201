import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inColumns } from '../../tasks/text/table.ts';

test('each column is as wide as its widest cell', () => {
  assert.equal(inColumns([['a', 'bbb', 'c'], ['aa', 'b', 'ccc']]), ['a   bbb  c', 'aa  b    ccc']);
  assert.equal(inColumns([['1', 'one'], ['20', 'twenty']], [0]), [' 1  one', '20  twenty']);
});

test('no line ends in spaces, and a row may be shorter than others', () => {
  assert.equal(inColumns([['a', '', ''], ['aaa', 'b'], ['aa', '', 'c']]), ['a', 'aaa  b', 'aa      c']);
  assert.equal(inColumns([]), []);
});

test.run();
