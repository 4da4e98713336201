/** Who has which address. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { plainProfile } from '../../tasks/paths/link.ts';
import { guestPaths, peersPaths, planPaths } from '../../tasks/paths/plan.ts';

const paths = planPaths([{ name: 'wifi', profile: plainProfile }, { name: 'lte', profile: plainProfile }]);

test('each path is a network of its own; the NICs keep their addresses from run to run', () => {
  assert.equal(paths.map(({ place, vmMac, peerMac, vmAddress, peerAddress }) => [place, vmMac, peerMac, vmAddress, peerAddress]), [
    [0, '52:54:00:18:01:02', '52:54:00:18:01:01', '198.18.1.2', '198.18.1.1'],
    [1, '52:54:00:18:02:02', '52:54:00:18:02:01', '198.18.2.2', '198.18.2.1'],
  ]);
});

test('what the VM is told: endpoints by the way of Multipath TCP, and names', () => {
  const endpoints = (...args: Parameters<typeof guestPaths> extends [unknown, ...infer Rest] ? Rest : never) => guestPaths(paths, ...args).nics.map(({ own }) => own?.endpoint);
  assert.equal(endpoints({ kind: 'subflow' }), [2, 2]);
  assert.equal(endpoints({ kind: 'fullmesh' }), [10, 10]);
  assert.equal(endpoints({ kind: 'backup', paths: ['lte'] }), [2, 6]);
  assert.equal(endpoints({ kind: 'signal' }), [0, 0]);
  assert.equal([endpoints({ kind: 'userspace', manager: 'kloop' }), ...(['kloop', 'own'] as const).map((manager) => guestPaths(paths, { kind: 'userspace', manager }).mptcp)], [[0, 0], 'userspace', 'userspace:own']);
  const none = guestPaths(paths, { kind: 'none' }, 'redundant');
  assert.equal([none.mptcp, none.scheduler, none.hosts], ['none', 'redundant', '198.18.0.1 peer\n198.18.1.1 peer-wifi\n198.18.2.1 peer-lte\n2001:2::1 peer6\n2001:2:0:1::1 peer6-wifi\n2001:2:0:2::1 peer6-lte\n']);
  assert.equal(none.nics[1], { mac: '52:54:00:18:02:02', name: 'lte', own: { address: '198.18.2.2/24', gateway: '198.18.2.1', place: 1, endpoint: 0, address6: '2001:2:0:2::2/64', gateway6: '2001:2:0:2::1' } });
});

test('what the peer is told: names alone', () => {
  const told = peersPaths(paths, { kind: 'subflow' });
  assert.equal(told.nics, [{ mac: '52:54:00:18:01:01', name: 'wifi' }, { mac: '52:54:00:18:02:01', name: 'lte' }]);
  assert.equal([told.mptcp, told.hosts], ['silent', '198.18.0.1 peer\n198.18.1.2 vm-wifi\n2001:2:0:1::2 vm6-wifi\n198.18.2.2 vm-lte\n2001:2:0:2::2 vm6-lte\n']);
});

test.run();
