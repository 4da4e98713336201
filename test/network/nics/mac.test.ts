import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { macOf } from '../../../tasks/network/nics/mac.ts';

test('MAC addresses: local, unicast, stable, and apart by project, name, slot and place', () => {
  const of = (more: Partial<Parameters<typeof macOf>[0]> = {}) => macOf({ project: '/p', vm: 'vm', slot: 0, place: 0, ...more });
  assert.is(of(), of());
  assert.is(new Set([of(), of({ project: '/q' }), of({ vm: 'w' }), of({ slot: 1 }), of({ place: 1 })]).size, 5);
  assert.match(of(), /^02(:[0-9a-f]{2}){5}$/);
});

test.run();
