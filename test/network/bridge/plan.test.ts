import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { planBridge, privateMac, type BridgeWish } from '../../../tasks/network/bridge/plan.ts';
import { giveAddress, giveRoute, inMakingOrder } from '../../../tasks/network/bridge/carry.ts';
import { gatewaysThrough, parseLinks, parseRoutes, type Link, type Route } from '../../../tasks/network/host/links.ts';
import { nftDrops } from '../../../tasks/network/host/firewall.ts';
import { bridgeNetwork, clientOnBridge } from '../../../tasks/network/bridge/manager.ts';
import { profileSettings } from '../../../tasks/network/host/manager-probe.ts';
import { macOf } from '../../../tasks/network/nics/mac.ts';
import { isAsWanted } from '../../../tasks/network/host/gateway.ts';
import { lost, snapshot } from '../../../tasks/network/bridge/snapshot.ts';
import { sshAddress } from '../../../tasks/network/host/ssh.ts';
import { joinSeen, parseLeases, statusLines } from '../../../tasks/network/bridge/status.ts';
import { undoOf } from '../../../tasks/network/step.ts';
import { freeSubnet, networksInUse } from '../../../tasks/network/bridge/subnet.ts';
import { chooseUplink } from '../../../tasks/network/bridge/uplink.ts';
import { isFailure } from '../../../tasks/report/failure.ts';
import type { Adapter, Firewall, Found, Manager } from '../../../tasks/network/host/found.ts';

const link = (name: string, more: Partial<Link> = {}): Link =>
  ({ name, index: 2, mac: '02:00:00:00:00:02', mtu: 1500, type: 'ether', up: true, carrier: true, addresses: [], ...more });
const adapter = (name: string, more: Partial<Adapter> & { readonly of?: Partial<Link> } = {}): Adapter =>
  ({ link: link(name, more.of), hardware: more.hardware ?? true, wireless: more.wireless ?? false });

const firewall: Firewall = { forwardDrop: undefined, inputDrop: undefined, nftDrops: [], firewalld: false };
const found = (more: Partial<Found> = {}): Found => ({
  links: [link('eth0', { addresses: [{ family: 'inet', local: '192.0.2.2', prefix: 24, broadcast: '192.0.2.255', scope: 'global', noPrefixRoute: false, validS: 900, preferredS: 900 }] })],
  routes: [{ family: 'inet', dst: 'default', table: 'main', gateway: '192.0.2.1', dev: 'eth0', protocol: 'dhcp', metric: 100, onlink: false, nexthops: [] }],
  manager: { kind: 'nobody' },
  managers: [],
  acl: { path: '/etc/qemu/bridge.conf', exists: true, verdict: { kind: 'allowed' }, openEnd: false, safe: true, owner: '0:0', mode: '644' },
  netfilter: { present: true, callsIptables: true },
  firewall,
  programs: { nft: true, iptables: true },
  forwarding: false,
  ...more,
});
const wish: BridgeWish = { name: 'bridge0', netfilter: 'on', mark: 'kloop', runDir: '/run/kloop/bridge0', networkdDir: '/run/systemd/network' };

/** The plan's commands, as lines. */
function commands(more: Partial<Found> = {}, wished: Partial<BridgeWish> = {}, kind: 'adapter' | 'private' = 'adapter'): string[] {
  const plan = planBridge(found(more), kind === 'adapter' ? { kind, name: 'eth0' } : { kind, why: '' }, { ...wish, ...wished });
  assert.not.ok(isFailure(plan));
  return isFailure(plan) ? [] : [...plan.steps, ...plan.confirming].map(({ argv }) => argv.join(' '));
}
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

test('the plan: forward delay 0, the uplink\'s MAC address, all moved', () => {
  const lines = commands();
  assert.ok(lines.includes('ip link add name bridge0 address 02:00:00:00:00:02 type bridge forward_delay 0 stp_state 0'));
  assert.ok(lines.includes('ip -4 addr replace 192.0.2.2/24 broadcast 192.0.2.255 dev bridge0 valid_lft 900 preferred_lft 900'));
  assert.ok(lines.includes('ip -4 route replace default via 192.0.2.1 dev bridge0 proto dhcp metric 100'));
  assert.ok(!lines.some((line) => /modprobe|bridge\.conf|iptables/.test(line)), lines.join('\n'));
  assert.ok(commands({ links: [link('eth0', { mtu: 9000 })] }).some((line) => line.includes('mtu 9000')));
});

test('undone in reverse; the host has its addresses when the bridge is gone', () => {
  const plan = planBridge(found(), { kind: 'adapter', name: 'eth0' }, wish);
  const undo = isFailure(plan) ? [] : undoOf(plan.steps).map((argv) => argv.join(' '));
  assert.ok(undo.indexOf('ip link del dev bridge0') < undo.findIndex((line) => line.startsWith('ip -4 addr replace 192.0.2.2/24')));
  assert.ok(undo.findIndex((line) => line.startsWith('ip -4 addr')) < undo.findIndex((line) => line.startsWith('ip -4 route')));
});

test('br_netfilter: loaded where it is absent, kept out, or left; what Docker would drop is let through', () => {
  const absent = { netfilter: { present: false, callsIptables: undefined } };
  assert.ok(commands(absent).some((line) => line.includes('modprobe br_netfilter')));
  assert.not.ok(commands(absent, { netfilter: 'leave' }).some((line) => line.includes('modprobe')));
  assert.ok(commands({}, { netfilter: 'off' }).includes('sysctl -q -w net.bridge.bridge-nf-call-iptables=0'));
  const docker = { firewall: { ...firewall, forwardDrop: "Docker's firewall" } };
  assert.ok(commands(docker).includes('iptables -w -I FORWARD -i bridge0 -o bridge0 -j ACCEPT'));
  assert.not.ok(commands(docker, { netfilter: 'off' }).some((line) => line.startsWith('iptables')));
  assert.is(commands(docker, {}, 'private').filter((line) => line.startsWith('iptables')).length, 2);
});

test('a firewall that drops what comes in: a private bridge needs its own DHCP and DNS, one on the LAN does not', () => {
  const drops = { firewall: { ...firewall, inputDrop: 'ufw' } };
  assert.equal(commands(drops, {}, 'private').filter((line) => line.startsWith('iptables -w -I INPUT')).map((line) => line.replace(/.*-p /, '')),
    ['udp --dport 67 -j ACCEPT', 'udp --dport 53 -j ACCEPT', 'tcp --dport 53 -j ACCEPT']);
  assert.not.ok(commands(drops).some((line) => line.startsWith('iptables')));
});

test("nftables' own chains that drop, which no rule of ours fixes, are said; firewalld is told", () => {
  const chains = 'table inet mine {\n\tchain fwd {\n\t\ttype filter hook forward priority filter; policy drop;\n\t}\n\tchain out {\n\t\ttype filter hook output priority filter; policy drop;\n\t}\n}\n'
    + 'table ip filter {\n\tchain INPUT {\n\t\ttype filter hook input priority filter; policy drop;\n\t}\n}\n';
  assert.equal(nftDrops(chains), ['inet mine fwd']);
  const notes = (more: Partial<Firewall>) => {
    const plan = planBridge(found({ firewall: { ...firewall, ...more } }), { kind: 'private', why: '' }, wish);
    return isFailure(plan) ? '' : plan.notes.join('\n');
  };
  assert.match(notes({ nftDrops: ['inet mine fwd'] }), /chain 'inet mine fwd'/);
  assert.is(notes({}), '');
  assert.ok(commands({ firewall: { ...firewall, firewalld: true } }, {}, 'private').includes('firewall-cmd -q --zone=trusted --add-interface=bridge0'));
});

test("QEMU's list of bridges: made, fixed, added to; what lasts beyond a reboot is marked", () => {
  const acl = found().acl;
  const lines = commands({ acl: { ...acl, exists: false, verdict: { kind: 'refused' }, safe: false } });
  assert.ok(lines.includes('install -D -m 0644 -o 0 -g 0 /dev/null /etc/qemu/bridge.conf'));
  assert.ok(commands({ acl: { ...acl, safe: false } }).some((line) => line.includes('chown 0:0')));
  assert.ok(commands({ acl: { ...acl, verdict: { kind: 'refused' }, openEnd: true } }).some((line) => line.includes('\nallow bridge0\n')));
  const plan = planBridge(found({ acl: { ...acl, exists: false, verdict: { kind: 'refused' } } }), { kind: 'private', why: '' }, wish);
  assert.equal(isFailure(plan) ? [] : plan.steps.filter(({ lasting }) => lasting).length, 2);
  const by = { file: '/etc/qemu/bridge.conf', text: 'deny all' };
  const denied = planBridge(found({ acl: { ...acl, verdict: { kind: 'refused', by } } }), { kind: 'private', why: '' }, wish);
  assert.equal(isFailure(denied) ? [] : denied.steps.filter(({ lasting }) => lasting), [], 'no line could help');
  assert.match(isFailure(denied) ? '' : denied.notes.join(), "/etc/qemu/bridge.conf says 'deny all': ordinary users get no NIC on bridge0");
});

test('the private bridge: nft, or else iptables; a free subnet; forwarding put back only where it was off', () => {
  assert.ok(commands({}, {}, 'private').some((line) => line.startsWith('nft add table ip kloop_bridge0;')));
  assert.ok(commands({ programs: { nft: false, iptables: true } }, {}, 'private').some((line) => line.startsWith('iptables -w -t nat -A POSTROUTING')));
  assert.is(reasonOf(planBridge(found({ programs: { nft: false, iptables: false } }), { kind: 'private', why: '' }, wish)), 'no-nat');
  assert.not.ok(commands({ forwarding: true }, {}, 'private').some((line) => line.includes('ip_forward')));
  assert.ok(commands({ managers: ['NetworkManager'] }, {}, 'private').some((line) => line.includes('nmcli device set')));
});

test('a subnet that nothing uses', () => {
  const at = (local: string, prefix: number) => link('x', { addresses: [{ family: 'inet', local, prefix, scope: 'global', noPrefixRoute: false }] });
  assert.is(freeSubnet([]), '192.168.211');
  assert.is(freeSubnet(networksInUse([at('192.168.211.7', 24)], [], 'bridge0')), '192.168.212');
  assert.is(freeSubnet(['192.168.0.0/16']), '10.211.55');
  assert.is(freeSubnet(['192.168.0.0/16', '10.0.0.0/8']), '172.29.91');
  assert.is(freeSubnet(['0.0.0.0/0']), undefined);
  assert.is(reasonOf(planBridge(found({ links: [at('0.0.0.1', 0)] }), { kind: 'private', why: '' }, wish)), 'no-free-subnet');
});

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

test("of a NetworkManager profile only what was set is copied", () => {
  assert.equal(profileSettings('ipv4.method:manual\nipv4.dns:\nipv4.addresses:192.0.2.2/24, 192.0.2.3/24\nipv4.route-metric:-1\nipv4.dhcp-iaid:--\nipv6.addr-gen-mode:default\nconnection.id:x\n'),
    [['ipv4.method', 'manual'], ['ipv4.addresses', '192.0.2.2/24, 192.0.2.3/24']]);
});

test('what is missing after down', () => {
  const now = snapshot(found().links, found().routes, '# c\nnameserver 192.0.2.1\nsearch lan\n', 'bridge0');
  assert.equal(now, ['address eth0 192.0.2.2/24', 'nameserver 192.0.2.1', 'route default 192.0.2.1 eth0 table main metric 100', 'search lan']);
  assert.equal(lost(now, now.slice(1)), ['address eth0 192.0.2.2/24']);
  assert.equal(lost(now, [...now, 'more']), []);
});

test('a gateway that asks us has not answered us', () => {
  assert.equal(['REACHABLE', 'STALE', 'DELAY', 'INCOMPLETE', 'FAILED', ''].map((state) => isAsWanted(state, 'reachable')), [true, false, false, false, false, false]);
  assert.equal(['REACHABLE', 'STALE', 'INCOMPLETE', 'FAILED', ''].map((state) => isAsWanted(state, 'known')), [true, true, false, false, false]);
});

test("the host's side of an ssh connection", () => {
  assert.is(sshAddress('192.0.2.9 5000 192.0.2.2 22'), '192.0.2.2');
  assert.is(sshAddress('fe80::1%eth0 5000 fe80::2%eth0 22'), 'fe80::2');
  assert.is(sshAddress('::ffff:192.0.2.9 5000 ::ffff:192.0.2.2 22'), '192.0.2.2');
  assert.is(sshAddress(''), undefined);
});

test('MAC addresses: local, unicast, stable, and apart by project, name, slot and place', () => {
  const of = (more: Partial<Parameters<typeof macOf>[0]> = {}) => macOf({ project: '/p', vm: 'vm', slot: 0, place: 0, ...more });
  assert.is(of(), of());
  assert.is(new Set([of(), of({ project: '/q' }), of({ vm: 'w' }), of({ slot: 1 }), of({ place: 1 })]).size, 5);
  assert.match(of(), /^02(:[0-9a-f]{2}){5}$/);
  assert.match(privateMac('bridge0'), /^02(:[0-9a-f]{2}){5}$/);
  assert.is.not(privateMac('bridge0'), privateMac('bridge1'));
});

test('status names who holds leases', () => {
  const leases = parseLeases('1700003600 02:00:00:00:00:09 192.168.211.20 guest 01:02\n0 02:00:00:00:00:0a 192.168.211.21 * *\nduid 00:01\n');
  assert.equal(leases.map(({ address, name, until }) => [address, name, until]), [['192.168.211.20', 'guest', 1700003600], ['192.168.211.21', '', 0]]);
  const lines = statusLines({ bridge: 'bridge0', state: 'ours', faults: [], uplink: undefined, ports: [{ name: 'kt0', carrier: true }], addresses: ['192.168.211.1/24'], leases }, 1_700_000_000);
  assert.match(lines.join('\n'), /leases {5}192\.168\.211\.20 {2}02:00:00:00:00:09 {2}guest {2}for 60 min/);
  assert.match(statusLines({ bridge: 'b', state: 'absent', faults: [], uplink: undefined, ports: [], addresses: [], leases: [] }, 0).join(), 'not there');
});

test('on a real network: the addresses seen behind the ports of VMs', () => {
  const fdb = JSON.stringify([{ mac: '02:00:00:00:00:09', ifname: 'kt0' }, { mac: '33:33:00:00:00:01', ifname: 'kt0', state: 'permanent' }, { mac: '02:00:00:00:00:0a', ifname: 'eth0' }]);
  const neighbours = JSON.stringify([{ dst: '192.0.2.50', lladdr: '02:00:00:00:00:09' }, { dst: '192.0.2.1', lladdr: '02:00:00:00:00:0a' }, { dst: '192.0.2.77' }]);
  assert.equal(joinSeen(fdb, neighbours, ['kt0']), [{ address: '192.0.2.50', mac: '02:00:00:00:00:09', name: 'kt0', until: 0 }]);
  assert.equal(joinSeen('', '', ['kt0']), []);
});

test.run();
