import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { giveAddress, giveRoute, inMakingOrder } from '../../../tasks/network/bridge/carry.ts';
import type { Route } from '../../../tasks/network/host/links.ts';

test('addresses and routes are carried with all that they have', () => {
  assert.is(giveAddress({ family: 'inet', local: '192.0.2.2', prefix: 24, broadcast: '192.0.2.255', scope: 'global', metric: 5, noPrefixRoute: true, validS: 60, preferredS: 30 }, 'b').join(' '),
    'ip -4 addr replace 192.0.2.2/24 broadcast 192.0.2.255 dev b metric 5 valid_lft 60 preferred_lft 30 noprefixroute');
  assert.is(giveAddress({ family: 'inet', local: '192.0.2.2', peer: '192.0.2.9', prefix: 32, scope: 'global', noPrefixRoute: false }, 'b').join(' '), 'ip -4 addr replace 192.0.2.2 peer 192.0.2.9/32 dev b');
  assert.is(giveAddress({ family: 'inet6', local: '2001:db8::2', prefix: 64, scope: 'global', noPrefixRoute: false }, 'b').join(' '), 'ip -6 addr replace 2001:db8::2/64 dev b nodad');
  const many: Route = { family: 'inet', dst: '10.0.0.0/8', table: '7', onlink: false, nexthops: [{ gateway: '192.0.2.5', dev: 'eth0', weight: 2, onlink: false }, { dev: 'eth1', weight: 1, onlink: true }] };
  assert.is(giveRoute(many, 'eth0', 'b').join(' '), 'ip -4 route replace 10.0.0.0/8 table 7 nexthop via 192.0.2.5 dev b weight 2 nexthop dev eth1 weight 1 onlink');
  const direct: Route = { family: 'inet', dst: '192.0.2.1', table: 'main', dev: 'eth0', scope: 'link', onlink: false, nexthops: [] };
  assert.is(giveRoute(direct, 'eth0', 'b').join(' '), 'ip -4 route replace 192.0.2.1 dev b scope link');
  assert.equal(inMakingOrder([many, direct]), [direct, many]);
});

test.run();
