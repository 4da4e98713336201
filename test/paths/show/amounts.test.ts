/** Amounts in words, and bars. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bar, bitrateText, bytesText, msText } from '../../../tasks/paths/show/amounts.ts';

test('amounts', () => {
  assert.equal([0, 999, 1000, 12_345, 123_456, 999_960, 1.5e9].map(bytesText), ['0 B', '999 B', '1.0 kB', '12.3 kB', '123 kB', '1.0 MB', '1.5 GB']);
  assert.equal([0, 14.2e6].map(bitrateText), ['0 bit/s', '14.2 Mbit/s']);
  assert.equal([0.26, 29.4].map(msText), ['0.3 ms', '29 ms']);
});

test('bars: what is not nothing is seen', () => {
  assert.equal([0, 0.001, 0.5, 0.56, 1, 2].map((part) => bar(part, 4)), ['', '▏', '██', '██▎', '████', '████']);
});

test.run();
