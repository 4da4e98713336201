/** The bridge where someone keeps the adapter: each DHCP client and manager that can be run in a namespace here. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../../tasks/host/files.ts';
import { cannotFake, FakeHost } from '../../support/fake-host.ts';

const test = suite<{ host: FakeHost }>('bridge managers');

test.before.each(async (context) => {
  if (cannotFake === undefined) context.host = await FakeHost.start();
});
test.after.each(({ host }) => host?.stop());

/** A test that is skipped where the program is not installed. */
const skipped = test.skip.bind(test);
const needs = (program: string) => (cannotFake === undefined && findProgram(program) !== undefined ? test : skipped);

const addressOf = (host: FakeHost, link: string) => / inet (10\.77\.0\.\d+)\//.exec(host.host('sh', '-c', `ip -4 -o addr show dev ${link} 2>/dev/null || :`))?.[1];
const defaultDev = (host: FakeHost) => / dev (\S+)/.exec(host.host('sh', '-c', 'ip route get 203.0.113.1 2>/dev/null || :'))?.[1];
const dns = (host: FakeHost) => host.host('sh', '-c', 'grep ^nameserver /etc/resolv.conf || :').trim();
const acks = (host: FakeHost) => (existsSync(join(host.dir, 'leases')) ? readFileSync(join(host.dir, 'leases'), 'utf8') : '');

/** Up and down, with the same lease, a default route and the DNS server all the way. */
async function upAndDown(host: FakeHost, expected: RegExp, whileUp: () => Promise<void> = () => Promise.resolve()): Promise<void> {
  await host.until('the first lease', () => addressOf(host, 'eth0') !== undefined && defaultDev(host) === 'eth0' && dns(host) === 'nameserver 10.77.0.1', 20_000);
  const address = addressOf(host, 'eth0');
  const up = await host.kloop(['bridge']);
  assert.is(up.status, 0, up.stderr);
  assert.match(up.stderr, expected);
  await host.until('the address on the bridge', () => addressOf(host, 'bridge0') === address && addressOf(host, 'eth0') === undefined);
  await host.until('the default route', () => defaultDev(host) === 'bridge0');
  await host.until('the DNS server', () => dns(host) === 'nameserver 10.77.0.1');
  host.host('ping', '-c', '1', '-W', '1', '10.77.0.1');
  await whileUp();
  assert.is((await host.kloop(['bridge'])).stderr.includes('up to date'), true);
  const down = await host.kloop(['bridge', 'down']);
  assert.is(down.status, 0, down.stderr);
  await host.until('the address back', () => addressOf(host, 'eth0') === address && defaultDev(host) === 'eth0' && dns(host) === 'nameserver 10.77.0.1');
  assert.is(host.host('sh', '-c', 'ls /sys/class/net | grep bridge0 || :'), '');
  assert.match(acks(host), new RegExp(address ?? 'none'));
}

/** Waits until the client holds a lease on this link again, as the router's log has it. */
async function renewedOn(host: FakeHost, what: string, alive: () => boolean): Promise<void> {
  await host.until(what, alive);
}

needs('dhclient')('dhclient', async ({ host }) => {
  host.host('dhclient', '-nw', '-pf', '/run/dhclient.eth0.pid', '-lf', '/var/lib/dhcp/dhclient.eth0.leases', 'eth0');
  await upAndDown(host, /run dhclient|setsid --fork "\$@"[^\n]*dhclient [^\n]*bridge0/);
  await renewedOn(host, 'dhclient on eth0', () => host.residents().some((line) => /dhclient .*eth0/.test(line)));
  assert.is(host.residents().filter((line) => line.includes('dhclient')).length, 1, host.residents().join('\n'));
});

needs('udhcpc')('udhcpc', async ({ host }) => {
  // Debian's default script waits for resolvconf or writes /etc/resolv.conf.
  host.host('udhcpc', '-b', '-p', '/run/udhcpc.eth0.pid', '-i', 'eth0');
  await upAndDown(host, /udhcpc [^\n]*bridge0/);
  await renewedOn(host, 'udhcpc on eth0', () => host.residents().some((line) => /udhcpc .*eth0/.test(line)));
  assert.is(host.residents().filter((line) => line.includes('udhcpc')).length, 1, host.residents().join('\n'));
});

needs('dhcpcd')('dhcpcd for the one adapter', async ({ host }) => {
  host.host('dhcpcd', '-q', '-b', '--waitip', 'eth0');
  await upAndDown(host, /dhcpcd -q -b bridge0/, () =>
    host.until('a lease of its own on the bridge', () => /10\.77\.0\.\d+/.test(host.host('sh', '-c', 'dhcpcd -U bridge0 2>&1 | grep ip_address= || :'))));
  await renewedOn(host, 'dhcpcd on eth0', () => host.residents().some((line) => line.includes('dhcpcd: eth0')));
  assert.not.ok(host.residents().some((line) => line.includes('bridge0')), host.residents().join('\n'));
});

needs('dhcpcd')('dhcpcd for all adapters', async ({ host }) => {
  // No udev here to tell it that a device is ready.
  host.host('sh', '-c', 'echo nodev >>/etc/dhcpcd.conf; dhcpcd -q -b');
  await upAndDown(host, /denyinterfaces/, () =>
    // Carried over, the address would be there without it; but nobody would renew it.
    host.until('a lease of its own on the bridge', () => /10\.77\.0\.\d+/.test(host.host('sh', '-c', 'dhcpcd -U bridge0 2>&1 | grep ip_address= || :'))));
  await renewedOn(host, 'dhcpcd for all', () => host.residents().some((line) => line.includes('dhcpcd: [manager]')));
  assert.not.ok(host.residents().some((line) => line.includes('bridge0')), host.residents().join('\n'));
});

async function startBus(host: FakeHost): Promise<void> {
  host.host('sh', '-c', 'mkdir -p /run/dbus; mount -o remount,ro /sys'); // a read-only /sys: no udev is waited for
  await host.background('host', ['dbus-daemon', '--system', '--nofork', '--nopidfile', '--print-address=1'], 'unix:');
}

/** It logs to syslog, so it is asked. */
async function startNetworkManager(host: FakeHost): Promise<void> {
  host.start('host', ['NetworkManager', '--no-daemon']);
  await host.until('NetworkManager', () => host.host('sh', '-c', 'nmcli -t -f RUNNING,STARTUP general 2>/dev/null || :').trim() === 'running:started', 20_000);
}

needs('NetworkManager')('NetworkManager, by DHCP', async ({ host }) => {
  await startBus(host);
  host.host('sh', '-c', 'printf "[main]\\nplugins=keyfile\\n" >/etc/NetworkManager/NetworkManager.conf; rm -rf /etc/NetworkManager/system-connections/* /var/lib/NetworkManager/*');
  await startNetworkManager(host);
  await upAndDown(host, /nmcli .*connection up kloop-bridge0/);
  assert.not.match(host.host('nmcli', '-t', '-f', 'NAME', 'connection'), /kloop/);
});

needs('NetworkManager')('NetworkManager, static; killed half-way', async ({ host }) => {
  await startBus(host);
  host.host('sh', '-c', 'printf "[main]\\nplugins=keyfile\\nno-auto-default=*\\n" >/etc/NetworkManager/NetworkManager.conf; rm -rf /etc/NetworkManager/system-connections/* /var/lib/NetworkManager/*');
  await startNetworkManager(host);
  host.host('nmcli', 'connection', 'add', 'type', 'ethernet', 'con-name', 'wired', 'ifname', 'eth0', 'ipv4.method', 'manual', 'ipv4.addresses', '10.77.0.2/24,10.77.0.3/24',
    'ipv4.gateway', '10.77.0.1', 'ipv4.dns', '10.77.0.1', 'ipv4.dns-search', 'lan', 'ipv4.routes', '10.99.0.0/16 10.77.0.9', 'ipv6.method', 'manual', 'ipv6.addresses', 'fd77::2/64');
  host.host('nmcli', '--wait', '10', 'connection', 'up', 'wired');
  const before = host.photograph();
  assert.match(before, /10\.99\.0\.0\/16/);
  const up = await host.kloop(['bridge']);
  assert.is(up.status, 0, up.stderr);
  assert.match(host.host('ip', 'addr', 'show', 'bridge0'), /10\.77\.0\.2\/24[\s\S]*10\.77\.0\.3\/24[\s\S]*fd77::2\/64/);
  assert.match(host.host('ip', 'route'), /10\.99\.0\.0\/16 via 10\.77\.0\.9 dev bridge0/);
  assert.match(host.host('cat', '/etc/resolv.conf'), /search lan[\s\S]*nameserver 10\.77\.0\.1/);
  assert.is(host.host('cat', '/sys/class/net/bridge0/bridge/forward_delay').trim(), '0');
  assert.is((await host.kloop(['bridge', 'down'])).status, 0);
  await host.until('the photograph', () => host.photograph() === before).catch(() => assert.is(host.photograph(), before));

  for (const n of [4, 7, 8, 9]) {
    const { child, ended } = host.start('host', ['node', join(process.cwd(), 'tasks/launch.cjs'), 'bridge']);
    let shown = 0;
    child.stderr?.on('data', (chunk: Buffer) => {
      shown += chunk.toString().split('kloop: bridge: $ ').length - 1;
      if (shown >= n) child.kill('SIGKILL');
    });
    assert.is((await ended).signal, 'SIGKILL');
    await host.until(`the guard, at command ${n}`, () => !host.residents().some((line) => line.includes('forget')), 30_000);
    await host.until(`all of it back, at command ${n}`, () => host.photograph() === before, 20_000);
    assert.not.match(host.host('nmcli', '-t', '-f', 'NAME', 'connection'), /kloop/);
  }
});

const networkd = '/lib/systemd/systemd-networkd';
(cannotFake === undefined && existsSync(networkd) ? test : skipped)('systemd-networkd', async ({ host }) => {
  await startBus(host);
  host.host('sh', '-c', 'mkdir -p /run/systemd/network /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp; chmod -R 777 /run/systemd; rm -f /etc/systemd/network/*');
  host.host('sh', '-c', 'printf "[Match]\\nName=eth0\\n\\n[Network]\\nDHCP=ipv4\\n" >/run/systemd/network/10-eth0.network');
  await host.background('host', ['env', 'SYSTEMD_LOG_TARGET=console', 'SYSTEMD_LOG_LEVEL=info', networkd], 'eth0');
  await host.until('the first lease', () => addressOf(host, 'eth0') !== undefined && defaultDev(host) === 'eth0', 20_000);
  const address = addressOf(host, 'eth0');
  const up = await host.kloop(['bridge']);
  assert.is(up.status, 0, up.stderr);
  assert.match(up.stderr, /networkctl reload/);
  await host.until('the address on the bridge', () => addressOf(host, 'bridge0') !== undefined && addressOf(host, 'eth0') === undefined && defaultDev(host) === 'bridge0', 15_000);
  // Its identity to the DHCP server goes by the link's name, so the address may be another.
  const down = await host.kloop(['bridge', 'down']);
  assert.is(down.status, 0, down.stderr);
  await host.until('the address back', () => addressOf(host, 'eth0') === address && defaultDev(host) === 'eth0', 15_000);
  assert.is(host.host('ls', '/run/systemd/network').trim(), '10-eth0.network');
});

test.run();
