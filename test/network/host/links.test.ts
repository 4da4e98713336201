import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gatewaysThrough, parseLinks, parseRoutes } from '../../../tasks/network/host/links.ts';

test("iproute2's JSON: addresses with their lifetimes, routes without the kernel's own", () => {
  const [eth0] = parseLinks(JSON.stringify([{
    ifindex: 2, ifname: 'eth0', flags: ['UP', 'LOWER_UP'], mtu: 9000, link_type: 'ether', address: '02:00:00:00:00:01', master: 'br', ifalias: 'kloop /x', linkinfo: { info_kind: 'veth' },
    addr_info: [
      { family: 'inet', local: '192.0.2.2', prefixlen: 24, scope: 'global', noprefixroute: true, metric: 50, valid_life_time: 4294967295, preferred_life_time: 4294967295 },
      { family: 'inet6', local: '2001:db8::2', prefixlen: 64, scope: 'global', valid_life_time: 500, preferred_life_time: 400 },
    ],
  }]));
  assert.equal([eth0?.kind, eth0?.master, eth0?.alias, eth0?.mtu], ['veth', 'br', 'kloop /x', 9000]);
  assert.equal(eth0?.addresses.map(({ validS, preferredS, noPrefixRoute, metric }) => [validS, preferredS, noPrefixRoute, metric]), [[undefined, undefined, true, 50], [500, 400, false, undefined]]);
  const routes = parseRoutes(JSON.stringify([
    { type: 'unicast', dst: '192.0.2.0/24', dev: 'eth0', table: 'main', protocol: 'kernel' },
    { type: 'local', dst: '192.0.2.2', dev: 'eth0', table: 'local', protocol: 'kernel' },
    { type: 'unicast', dst: 'default', gateway: '192.0.2.1', dev: 'eth0', table: 'main', protocol: 'dhcp', metric: 200, flags: ['onlink'], metrics: [{ mtu: 1400 }] },
    { type: 'unicast', dst: 'default', gateway: '192.0.2.9', dev: 'eth0', table: 'main', protocol: 'dhcp', metric: 100, flags: [] },
    { type: 'unreachable', dst: '10.0.0.0/8', table: 'main' },
  ]), 'inet');
  assert.equal(routes.map(({ dst, mtu, onlink }) => [dst, mtu, onlink]), [['default', 1400, true], ['default', undefined, false]]);
  assert.equal(gatewaysThrough(routes, 'eth0').map(({ gateway }) => gateway), ['192.0.2.9', '192.0.2.1']);
  assert.equal(gatewaysThrough(routes, 'eth1'), []);
});

test.run();
