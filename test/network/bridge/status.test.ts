import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { joinSeen, parseLeases, statusLines } from '../../../tasks/network/bridge/status.ts';

test('status names who holds leases', () => {
  const leases = parseLeases('1700003600 02:00:00:00:00:09 192.168.211.20 guest 01:02\n0 02:00:00:00:00:0a 192.168.211.21 * *\nduid 00:01\n');
  assert.equal(leases.map(({ address, name, until }) => [address, name, until]), [['192.168.211.20', 'guest', 1700003600], ['192.168.211.21', '', 0]]);
  const lines = statusLines({ bridge: 'bridge0', state: 'ours', faults: [], uplink: undefined, ports: [{ name: 'kt0', carrier: true }], addresses: ['192.168.211.1/24'], leases }, 1_700_000_000);
  assert.match(lines.join('\n'), /leases {5}192\.168\.211\.20 {2}02:00:00:00:00:09 {2}guest {2}for 60 min/);
  assert.match(statusLines({ bridge: 'b', state: 'absent', faults: [], uplink: undefined, ports: [], addresses: [], leases: [] }, 0).join(), 'does not exist');
});

test('on a real network: the addresses seen behind the ports of VMs', () => {
  const fdb = JSON.stringify([{ mac: '02:00:00:00:00:09', ifname: 'kt0' }, { mac: '33:33:00:00:00:01', ifname: 'kt0', state: 'permanent' }, { mac: '02:00:00:00:00:0a', ifname: 'eth0' }]);
  const neighbours = JSON.stringify([{ dst: '192.0.2.50', lladdr: '02:00:00:00:00:09' }, { dst: '192.0.2.1', lladdr: '02:00:00:00:00:0a' }, { dst: '192.0.2.77' }]);
  assert.equal(joinSeen(fdb, neighbours, ['kt0']), [{ address: '192.0.2.50', mac: '02:00:00:00:00:09', name: 'kt0', until: 0 }]);
  assert.equal(joinSeen('', '', ['kt0']), []);
});

test.run();
