import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { addressesIn } from '../../../tasks/machine/reach/addresses.ts';

test('what `ip -j address` tells, by the MAC addresses', () => {
  const told = [
    { ifname: 'lo', address: '00:00:00:00:00:00', addr_info: [{ family: 'inet', local: '127.0.0.1', prefixlen: 8 }] },
    { ifname: 'eth0', address: '52:54:00:12:34:57', addr_info: [{ family: 'inet6', local: 'fe80::1', prefixlen: 64 }, { family: 'inet', local: '192.168.1.7', prefixlen: 24 }, { family: 'inet', local: '192.168.1.8', prefixlen: 24 }] },
    { ifname: 'eth1', address: '52:54:00:12:34:58', addr_info: [] },
    {},
  ];
  assert.equal([...addressesIn(JSON.stringify(told))], [['00:00:00:00:00:00', '127.0.0.1/8'], ['52:54:00:12:34:57', '192.168.1.7/24']]);
  for (const text of ['', 'ip: not found', '{}', 'null']) assert.is(addressesIn(text).size, 0, text);
});

test.run();
