import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { copyOf, placeOf } from '../../../tasks/machine/reach/places.ts';

test('a place in a VM has a colon before any slash', () => {
  assert.equal(placeOf('vm:/tmp/a:b'), { vm: 'vm', path: '/tmp/a:b' });
  assert.equal(placeOf(':x'), { vm: '', path: 'x' });
  for (const path of ['./a:b', '/a:b', 'a', 'dir/vm:x']) assert.equal(placeOf(path), { vm: undefined, path });
});

test('into a VM, and out of it', () => {
  assert.equal(copyOf(['a', 'b', 'vm:/tmp']), { vm: 'vm', way: 'in', from: ['a', 'b'], to: '/tmp' });
  assert.equal(copyOf([':/tmp/a', '.']), { vm: '', way: 'out', from: ['/tmp/a'], to: '.' });
});

test('what cannot be is told', () => {
  const wrong = (...words: string[]) => (copyOf(words) as { wrong?: string }).wrong;
  assert.match(wrong() ?? '', /needs what is copied/);
  assert.match(wrong('a') ?? '', /needs what is copied/);
  assert.match(wrong('a', 'b') ?? '', /NAME:PATH/);
  assert.match(wrong('vm:a', 'vm:b') ?? '', /not from VM to VM/);
  assert.match(wrong('vm:a', 'b', 'c') ?? '', /one place at a time/);
  assert.match(wrong('vm:a', 'vm-2:a', 'c') ?? '', /one place at a time/);
  assert.match(wrong('vm:', 'c') ?? '', /a path after each colon/);
});

test.run();
