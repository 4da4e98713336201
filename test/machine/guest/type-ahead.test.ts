import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TypeAhead } from '../../../tasks/machine/guest/type-ahead.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

test('what is typed is kept, and given once', () => {
  const ahead = new TypeAhead();
  assert.is(ahead.hold(bytes('ls ')), undefined);
  assert.is(ahead.hold(bytes('-l\r')), undefined);
  assert.is(ahead.take()?.toString(), 'ls -l\r');
  assert.is(ahead.take(), undefined);
});

test('an interrupt goes on at once, after what was typed before it; what comes later is kept again', () => {
  const ahead = new TypeAhead();
  ahead.hold(bytes('sleep'));
  assert.is(ahead.hold(bytes(' 9\x03'))?.toString(), 'sleep 9\x03');
  assert.is(ahead.hold(bytes('\x1c'))?.toString(), '\x1c');
  assert.is(ahead.hold(bytes('a')), undefined);
  assert.is(ahead.take()?.toString(), 'a');
});

test.run();
