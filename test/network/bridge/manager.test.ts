import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bridgeNetwork, clientOnBridge } from '../../../tasks/network/bridge/manager.ts';
import type { Manager } from '../../../tasks/network/host/found.ts';
import { commands } from '../../support/fixtures/bridge.ts';

test('each manager is told in its own words', () => {
  const by = (manager: Manager) => commands({ manager }).join('\n');
  const nm = by({ kind: 'NetworkManager', profile: 'uuid-1', ip: [['ipv4.method', 'auto']] });
  assert.match(nm, /CheckpointCreate[\s\S]*save no type bridge[\s\S]*ipv4\.method auto[\s\S]*connection up kloop-bridge0-port[\s\S]*CheckpointDestroy/);
  assert.match(by({ kind: 'systemd-networkd', file: '[Match]\nName=e*\n[Network]\nDHCP=yes\n' }), /Kind=bridge[\s\S]*Name=bridge0\n\n\[Network\]\nDHCP=yes[\s\S]*networkctl reload/);
  assert.match(by({ kind: 'dhcpcd' }), /dhcpcd -x[\s\S]*denyinterfaces \$2[\s\S]*dhcpcd\.conf eth0 bridge0/);
  assert.match(by({ kind: 'dhcpcd', service: 'dhcpcd.service' }), /systemctl stop dhcpcd\.service/);
  assert.match(by({ kind: 'client', client: 'udhcpc', pid: 77, argv: ['udhcpc', '-i', 'eth0'] }), /kill 77[\s\S]*udhcpc -p \/run\/kloop\/bridge0\/udhcpc\.pid -i bridge0/);
});

test("a client's command line turned to the bridge keeps its options, not its files", () => {
  assert.equal(
    clientOnBridge('dhclient', ['/sbin/dhclient', '-4', '-pf', '/run/dhclient.eth0.pid', '-lf', '/var/lib/dhcp/l', '-cf', '/etc/mine.conf', 'eth0'], { uplink: 'eth0', bridge: 'bridge0', runDir: '/r', pidFile: '/r/p' }),
    ['/sbin/dhclient', '-pf', '/r/p', '-lf', '/r/dhclient.leases', '-4', '-cf', '/etc/mine.conf', 'bridge0']);
});

test("a .network file with its drop-ins made the bridge's", () => {
  assert.is(bridgeNetwork('# mine\n[Match]\nMACAddress=02:00:00:00:00:01\n\n[Link]\nMTUBytes=9000\n[Network]\nDHCP=yes\n[Match]\nName=x\n[DHCPv4]\nRouteMetric=5\n', 'b'),
    '[Match]\nName=b\n\n[Network]\nDHCP=yes\n\n[DHCPv4]\nRouteMetric=5\n');
});

test.run();
