import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bounded, cut, firstOf, outputRoom } from '../../tasks/mcp/bounded.ts';

const room = { head: 10, tail: 20, line: 8 };
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `line${from + i}`);

test('what has room is left as it is; nothing is nothing', () => {
  assert.is(bounded('a\n\n b\n', 0, room), 'a\n\n b');
  assert.is(bounded('', 0, room), '');
  assert.is(bounded(`${lines(1, 5).join('\n')}\n`, 0, room), lines(1, 5).join('\n'));
});

test('of more the beginning and the end are there, in whole lines, and how many are left out', () => {
  assert.is(bounded(lines(1, 9).join('\n'), 0, room), ['line1', '… 5 lines left out …', ...lines(7, 9)].join('\n'));
  assert.is(bounded(lines(1, 6).join('\n'), 0, { ...room, tail: 24 }), lines(1, 6).join('\n').replace('line2', '… 1 line left out …'));
  assert.is(bounded(lines(1, 9).join('\n'), 0, { ...room, head: 0 }), ['… 6 lines left out …', ...lines(7, 9)].join('\n'));
});

test('bytes that nobody kept are told with the lines', () => {
  assert.match(bounded(lines(1, 9).join('\n'), 70_000, room), '… 5 lines and 70000 bytes left out …');
});

test('a long line is cut, so that one line has room, and the whole is bounded whatever comes', () => {
  assert.is(bounded('123456789', 0, room), '12345678… (1 more characters)');
  assert.is(cut('12345678', 8), '12345678');
  for (const text of ['x'.repeat(1e6), 'x\n'.repeat(1e6), `${'x'.repeat(700)}\n`.repeat(1e3)]) {
    assert.ok(bounded(text).length <= outputRoom.head + outputRoom.tail + 100, text.slice(0, 20));
  }
});

test('colours, control characters, and what a carriage return wrote over, are not for a reader', () => {
  assert.is(bounded('\x1b[1;31mred\x1b[0m \x1b]0;title\x07x\0\r\n10%\r50%\r100%\r\n\ttab', 0, outputRoom), 'red x\n100%\n\ttab');
});

test('the first of a list, and how many more', () => {
  assert.equal(firstOf([1, 2, 3], 2), { first: [1, 2], leftOut: 1 });
  assert.equal(firstOf([1], 2), { first: [1], leftOut: 0 });
});

test.run();
