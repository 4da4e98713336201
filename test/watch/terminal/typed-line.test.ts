import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { typedAfter } from '../../../tasks/watch/terminal/typed-line.ts';

const typed = (...reads: string[]): number => reads.reduce((count, read) => typedAfter(count, Buffer.from(read)), 0);

test('a half-typed line', () => {
  assert.is(typed('l', 's', ' -l'), 5);
  assert.is(typed('ls\r', 'cd'), 2);
  assert.is(typed('é'), 1);
});

test('none: after Enter, Ctrl-C, Ctrl-D, Ctrl-U, and when all was deleted again', () => {
  for (const end of ['\r', '\n', '\x03', '\x04', '\x15']) assert.is(typed('ls', end), 0, JSON.stringify(end));
  assert.is(typed('ls', '\x7f\x7f\x7f'), 0);
});

test('keys that type nothing: arrows, function keys, Tab', () => {
  assert.is(typed('\x1b[A', '\x1bOP', '\x1b[15~', '\t', '\x01'), 0);
});

test.run();
