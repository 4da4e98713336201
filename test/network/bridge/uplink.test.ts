import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chooseUplink } from '../../../tasks/network/bridge/uplink.ts';
import type { Adapter } from '../../../tasks/network/host/found.ts';
import { isFailure } from '../../../tasks/report/failure.ts';
import { adapter } from '../../support/fixtures/bridge.ts';

const reasonOf = (value: unknown) => (isFailure(value) ? value.detail.reason : undefined);

test('auto takes the one wired adapter with a carrier', () => {
  assert.equal(chooseUplink('auto', 'bridge0', [adapter('lo', { hardware: false }), adapter('wlan0', { wireless: true }), adapter('eth0'), adapter('eth1', { of: { carrier: false } })]), { kind: 'adapter', name: 'eth0' });
});

test('auto among several chooses none', () => {
  const several = chooseUplink('auto', 'bridge0', [adapter('eth0'), adapter('eth1')]);
  assert.is(reasonOf(several), 'several-adapters');
});

test('auto without a wired adapter is private, and says why', () => {
  const why = (...adapters: Adapter[]) => { const chosen = chooseUplink('auto', 'bridge0', adapters); return !isFailure(chosen) && chosen.kind === 'private' ? chosen.why : ''; };
  assert.match(why(adapter('wlan0', { wireless: true })), 'Wi-Fi');
  assert.match(why(adapter('eth0', { of: { carrier: false } })), 'no carrier');
  assert.match(why(adapter('eth0', { of: { carrier: false, up: false } })), 'is down');
  assert.match(why(adapter('veth0', { hardware: false })), 'no wired adapter');
  assert.match(why(adapter('eth0', { of: { master: 'virbr0' } })), 'belongs to virbr0');
});

test('an adapter of our own bridge is free to be chosen again', () => {
  assert.equal(chooseUplink('auto', 'bridge0', [adapter('eth0', { of: { master: 'bridge0' } })]), { kind: 'adapter', name: 'eth0' });
});

test('by name: Wi-Fi, absent, taken and unfit ones are refused', () => {
  assert.is(reasonOf(chooseUplink('wlan0', 'bridge0', [adapter('wlan0', { wireless: true })])), 'wireless-adapter');
  assert.is(reasonOf(chooseUplink('eth9', 'bridge0', [adapter('eth0')])), 'no-adapter');
  assert.is(reasonOf(chooseUplink('eth0', 'bridge0', [adapter('eth0', { of: { master: 'br1' } })])), 'adapter-taken');
  assert.is(reasonOf(chooseUplink('lo', 'bridge0', [adapter('lo', { of: { type: 'loopback' } })])), 'not-an-adapter');
  assert.is(reasonOf(chooseUplink('br1', 'bridge0', [adapter('br1', { of: { kind: 'bridge' } })])), 'not-an-adapter');
});

test.run();
