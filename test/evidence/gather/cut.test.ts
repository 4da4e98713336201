import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cut, endedAt } from '../../../tasks/evidence/gather/cut.ts';

const shown = (text: string, head: number, tail: number) => {
  const bytes = Buffer.from(text);
  const { data, dropped } = cut((offset, size) => bytes.subarray(offset, offset + size), bytes.length, { head, tail });
  return [data.toString(), dropped];
};

test('what fits is as it was', () => {
  assert.equal(shown('one\ntwo\n', 4, 4), ['one\ntwo\n', 0]);
  assert.equal(shown('', 4, 4), ['', 0]);
});

test('else it is parted at the ends of lines, and what is left out is counted', () => {
  assert.equal(shown('first\nsecond\nthird\nfourth\n', 8, 9), ['first\n… kloop left out 13 bytes here …\nfourth\n', 13]);
});

test('a line without end is parted where it must', () => {
  assert.equal(shown('x'.repeat(100), 3, 4), ['xxx\n… kloop left out 93 bytes here …\nxxxx', 93]);
});

test('read up to a limit: the line that was cut off goes', () => {
  const read = (text: string, limit: number) => {
    const { data, more } = endedAt(Buffer.from(text), limit);
    return [data.toString(), more];
  };
  assert.equal(read('one\ntwo\n', 8), ['one\ntwo\n', false]);
  assert.equal(read('one\ntwo\nt', 8), ['one\ntwo\n… kloop left out the rest …\n', true]);
  assert.equal(read('one\ntwothree', 8), ['one\n… kloop left out the rest …\n', true]);
});

test.run();
