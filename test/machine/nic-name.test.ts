import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nicName } from '../../tasks/machine/nic-name.ts';

test('by its path, or its place', () => {
  assert.is(nicName({ kind: 'path', mac: '52:55', socket: '/run/l/wifi', listens: false }, 1), 'wifi');
  assert.is(nicName({ kind: 'user', mac: '52:54', net: 2 }, 1), 'nic1');
});

test.run();
