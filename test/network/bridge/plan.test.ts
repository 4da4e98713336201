import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { planBridge, privateMac } from '../../../tasks/network/bridge/plan.ts';
import type { Firewall } from '../../../tasks/network/host/found.ts';
import { undoOf } from '../../../tasks/network/step.ts';
import { isFailure } from '../../../tasks/report/failure.ts';
import { commands, firewall, found, link, request } from '../../support/fixtures/bridge.ts';

const reasonOf = (value: unknown) => (isFailure(value) ? value.detail.reason : undefined);

test('the plan: forward delay 0, the uplink\'s MAC address, all moved', () => {
  const lines = commands();
  assert.ok(lines.includes('ip link add name bridge0 address 02:00:00:00:00:02 type bridge forward_delay 0 stp_state 0'));
  assert.ok(lines.includes('ip -4 addr replace 192.0.2.2/24 broadcast 192.0.2.255 dev bridge0 valid_lft 900 preferred_lft 900'));
  assert.ok(lines.includes('ip -4 route replace default via 192.0.2.1 dev bridge0 proto dhcp metric 100'));
  assert.ok(!lines.some((line) => /modprobe|bridge\.conf|iptables/.test(line)), lines.join('\n'));
  assert.ok(commands({ links: [link('eth0', { mtu: 9000 })] }).some((line) => line.includes('mtu 9000')));
});

test('undone in reverse; the host has its addresses when the bridge is gone', () => {
  const plan = planBridge(found(), { kind: 'adapter', name: 'eth0' }, request);
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
  const notes = (more: Partial<Firewall>) => {
    const plan = planBridge(found({ firewall: { ...firewall, ...more } }), { kind: 'private', why: '' }, request);
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
  const plan = planBridge(found({ acl: { ...acl, exists: false, verdict: { kind: 'refused' } } }), { kind: 'private', why: '' }, request);
  assert.equal(isFailure(plan) ? [] : plan.steps.filter(({ lasting }) => lasting).length, 2);
  const by = { file: '/etc/qemu/bridge.conf', text: 'deny all' };
  const denied = planBridge(found({ acl: { ...acl, verdict: { kind: 'refused', by } } }), { kind: 'private', why: '' }, request);
  assert.equal(isFailure(denied) ? [] : denied.steps.filter(({ lasting }) => lasting), [], 'no line could help');
  assert.match(isFailure(denied) ? '' : denied.notes.join(), "/etc/qemu/bridge.conf says 'deny all': ordinary users cannot put a NIC on bridge0");
});

test('the private bridge: nft, or else iptables; a free subnet; forwarding put back only where it was off', () => {
  assert.ok(commands({}, {}, 'private').some((line) => line.startsWith('nft add table ip kloop_bridge0;')));
  assert.ok(commands({ programs: { nft: false, iptables: true } }, {}, 'private').some((line) => line.startsWith('iptables -w -t nat -A POSTROUTING')));
  assert.is(reasonOf(planBridge(found({ programs: { nft: false, iptables: false } }), { kind: 'private', why: '' }, request)), 'no-nat');
  assert.not.ok(commands({ forwarding: true }, {}, 'private').some((line) => line.includes('ip_forward')));
  assert.ok(commands({ managers: ['NetworkManager'] }, {}, 'private').some((line) => line.includes('nmcli device set')));
});

test('no subnet is free for a private bridge', () => {
  const all = link('x', { addresses: [{ family: 'inet', local: '0.0.0.1', prefix: 0, scope: 'global', noPrefixRoute: false }] });
  assert.is(reasonOf(planBridge(found({ links: [all] }), { kind: 'private', why: '' }, request)), 'no-free-subnet');
});

test('the MAC address of a private bridge: local, unicast, and apart by name', () => {
  assert.match(privateMac('bridge0'), /^02(:[0-9a-f]{2}){5}$/);
  assert.is.not(privateMac('bridge0'), privateMac('bridge1'));
});

test.run();
