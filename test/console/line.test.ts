import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { consoleLines, parseLine } from '../../tasks/console/line.ts';

test('colours and carriage returns are no text', () => {
  assert.equal(consoleLines('\x1b[2J\x1b[1;31mhello\x1b[0m\r\nthere\r\n'), ['hello', 'there']);
});

test('time, caller, both, neither', () => {
  assert.equal(parseLine('[   12.345678] eth0: up'), [{ text: 'eth0: up', time: 12.345678 }]);
  assert.equal(parseLine('[   12.345678][   T36]  <TASK>'), [{ text: ' <TASK>', time: 12.345678, caller: 'T36' }]);
  assert.equal(parseLine('<4>[12345.345678][    C2] x'), [{ text: 'x', time: 12345.345678, caller: 'C2' }]);
  assert.equal(parseLine('[    C2] x'), [{ text: 'x', caller: 'C2' }]);
  assert.equal(parseLine('[ BUG: Invalid wait context ]'), [{ text: '[ BUG: Invalid wait context ]' }]);
  assert.equal(parseLine('[ 5432.100000] '), [{ text: '', time: 5432.1 }]);
});

test('the kernel speaks after what did not end its line', () => {
  assert.equal(parseLine('Starting … [    2.000001] BUG: x'), [{ text: 'Starting … ' }, { text: 'BUG: x', time: 2.000001 }]);
});

test.run();
