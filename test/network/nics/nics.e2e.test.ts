/** NICs on the bridge in a real guest: leases, paths, Multipath TCP, and what is said when something is missing. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cannotFake, FakeHost, type Ended, type FakeHostOptions } from '../../support/fake-host.ts';
import { compileLittle } from '../../support/little-programs.ts';

const kernel = process.env['KLOOP_TEST_KERNEL'];
const test = suite<{ host: FakeHost | undefined }>('nics');
const it = (...args: Parameters<typeof test>): void => {
  if (cannotFake === undefined && kernel !== undefined) test(...args);
  else test.skip(...args);
};

test.after.each((context) => {
  context.host?.stop();
  context.host = undefined;
});

async function hostWith(context: { host: FakeHost | undefined }, options: FakeHostOptions = {}): Promise<FakeHost> {
  context.host = await FakeHost.start(options);
  context.host.configureStatically();
  return context.host;
}

const vmArgs = (nics: readonly string[], command: readonly string[], more: readonly string[] = []) =>
  ['vm', '--kernel', kernel ?? '', ...(nics.length > 0 ? ['--bridge', ...nics] : []), ...more, '--', ...command];

const runVm = (host: FakeHost, nics: readonly string[], script: string, env: Readonly<Record<string, string>> = {}, more: readonly string[] = []): Promise<Ended> =>
  host.kloop(vmArgs(nics, ['sh', '-c', script], more), env);

const addressesIn = (text: string) => [...text.matchAll(/inet (10\.77\.0\.\d+|192\.168\.\d+\.\d+)\//g)].map((match) => match[1] ?? '');
const links = (host: FakeHost) => host.host('sh', '-c', 'ls /sys/class/net').split('\n').filter((name) => name !== '');

it('two NICs: two leases, pings both ways, nothing of the host touched', async (context) => {
  const host = await hostWith(context);
  const resolv = host.host('cat', '/etc/resolv.conf');
  const guest = host.start('host', ['node', join(process.cwd(), 'tasks/launch.cjs'), ...vmArgs(['bridge0', 'bridge0'], ['sh', '-c',
    'ip -4 -o addr; ping -c1 -W3 -I eth0 10.77.0.1; ping -c1 -W3 -I eth1 10.77.0.1; cat /etc/resolv.conf; ip rule; echo ready; cat'])], {}, { stdin: 'pipe' });
  let text = '';
  guest.child.stdout?.on('data', (chunk: Buffer) => { text += chunk.toString(); });
  await host.until('the guest', () => text.includes('ready\n'), 60_000);
  const addresses = addressesIn(text);
  assert.is(new Set(addresses).size, 2, text);
  assert.is(text.match(/ 0% packet loss/g)?.length, 2, text);
  assert.match(text, /nameserver 10\.77\.0\.1\n/);
  for (const address of addresses) {
    host.router('ping', '-c', '1', '-W', '3', address);
    host.host('ping', '-c', '1', '-W', '3', address);
    assert.match(text, new RegExp(`from ${address} lookup`));
  }
  const { stdout } = await host.kloop(['bridge', 'status']);
  for (const address of addresses) assert.match(stdout, new RegExp(`${address} {2}02:[0-9a-f:]+ {2}kt\\d`));
  guest.child.stdin?.end();
  assert.is((await guest.ended).status, 0);
  assert.is(host.host('cat', '/etc/resolv.conf'), resolv);
  assert.equal(links(host).filter((name) => name.startsWith('kt')), []);
  // The same addresses again: the MAC addresses are stable.
  const again = await runVm(host, ['bridge0', 'bridge0'], 'ip -4 -o addr');
  assert.equal(addressesIn(again.stdout), addresses);
});

it('two VMs of one name at once, and QEMU killed: no clash, nothing left', async (context) => {
  const host = await hostWith(context);
  const start = () => {
    const vm = host.start('host', ['node', join(process.cwd(), 'tasks/launch.cjs'), ...vmArgs(['bridge0'], ['sh', '-c', 'ip -4 -o addr; echo ready; cat'])], {}, { stdin: 'pipe' });
    const seen = { ...vm, text: '' };
    vm.child.stdout?.on('data', (chunk: Buffer) => { seen.text += chunk.toString(); });
    return seen;
  };
  const first = start();
  await host.until('the first guest', () => first.text.includes('ready\n'), 60_000);
  const second = start();
  await host.until('the second guest', () => second.text.includes('ready\n'), 60_000);
  assert.is.not(addressesIn(first.text)[0], addressesIn(second.text)[0]);
  assert.is(links(host).filter((name) => name.startsWith('kt')).length, 2);
  first.child.kill('SIGKILL');
  second.child.stdin?.end();
  assert.is((await second.ended).status, 0);
  await host.until('the taps to go', () => !links(host).some((name) => name.startsWith('kt')));
});

it('a path over the bridge: as slow as its profile where the host can shape, else refused before the boot', async (context) => {
  const host = await hostWith(context);
  await host.kloop(['bridge']);
  const args = ['--path', 'lte@bridge0:delay=100ms,jitter=0ms'];
  const ended = await runVm(host, [], 'ping -c 3 -W 5 -q 10.77.0.1', {}, args);
  if (ended.status === 125) {
    assert.match(ended.stderr, 'this host cannot shape what is on a bridge');
    assert.match(ended.stderr, 'sudo modprobe -a sch_netem ifb cls_matchall act_mirred');
    assert.match(ended.stderr, 'npm run vm -- --path lte:delay=100ms,jitter=0ms');
  } else {
    assert.is(ended.status, 0, ended.stderr);
    assert.ok(Number(/^rtt.*= ([\d.]+)/m.exec(ended.stdout)?.[1]) >= 200, ended.stdout);
  }
  assert.equal(links(host).filter((name) => name.startsWith('kt')), []);
  const wrong = await runVm(host, [], 'true', {}, ['--path', 'lt@bridge0']);
  assert.equal([wrong.status, wrong.stderr.includes("there is no path profile 'lt'")], [125, true], wrong.stderr);
  const absent = await runVm(host, [], 'true', {}, ['--path', 'lte@br7']);
  assert.equal([absent.status, absent.stderr.includes("there is no bridge 'br7'")], [125, true], absent.stderr);
});

/** A transfer from the router to the guest over all its NICs; `during` runs when some of it has been sent. */
async function transfer(host: FakeHost, nics: number, during: (subflows: readonly Subflow[]) => void): Promise<{ ended: Ended; hash: string; subflows: readonly Subflow[] }> {
  const dir = mkdtempSync('/var/tmp/kloop-test-');
  try {
    const program = compileLittle('mptcp', dir);
    const data = randomBytes(12 << 20);
    writeFileSync(join(dir, 'data'), data);
    await host.background('router', [program, 'serve', '7777', join(dir, 'data')], 'listening');
    const names = Array.from({ length: nics }, () => 'bridge0');
    const vm = runVm(host, names, `${program} fetch 10.77.0.1 7777 | sha256sum; nstat -asz 'MPTcpExtMPJoin*' MPTcpExtMPCapableSYNACKRX; ip mptcp endpoint`);
    let done = false;
    void vm.then(() => { done = true; });
    let subflows: readonly Subflow[] = [];
    let shaped = false;
    let told = false;
    await host.until('the transfer', () => {
      const taps = links(host).filter((name) => name.startsWith('kt'));
      if (!shaped && taps.length === nics) {
        // Slow enough for all paths to be used, and for a cut to come in the midst.
        for (const tap of taps) host.host('tc', 'qdisc', 'replace', 'dev', tap, 'root', 'tbf', 'rate', '12mbit', 'burst', '32k', 'latency', '50ms');
        shaped = true;
      }
      const now = subflowsOf(host.router('ss', '-Hntie', 'state', 'established', 'sport', '= :7777'));
      if (now.length > 0) subflows = now;
      if (!told && now.length === nics && now.every(({ sent }) => sent > 200_000)) {
        told = true;
        during(now);
      }
      return done;
    }, 120_000);
    assert.ok(told, `never saw ${nics} subflows with data: ${JSON.stringify(subflows)}\n${(await vm).stdout}${(await vm).stderr}`);
    return { ended: await vm, hash: createHash('sha256').update(data).digest('hex'), subflows };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

interface Subflow {
  readonly peer: string;
  /** Bytes that the guest has acknowledged. */
  readonly sent: number;
}

/** `ss -nti`: a line for each connection, then one with its details. */
function subflowsOf(text: string): Subflow[] {
  return [...text.matchAll(/:7777 +(?:\[::ffff:)?(10\.77\.0\.\d+)\]?:\d+ [^\n]*\n[^\n]*?bytes_acked:(\d+)/g)].map((match) => ({ peer: match[1] ?? '', sent: Number(match[2]) }));
}

for (const nics of [2, 3]) {
  it(`Multipath TCP over ${nics} NICs: a subflow each, all with data; one link cut in the midst`, async (context) => {
    const host = await hostWith(context);
    await host.kloop(['bridge']);
    let seen: readonly Subflow[] = [];
    const { ended, hash } = await transfer(host, nics, (subflows) => {
      seen = subflows;
      const [tap = ''] = links(host).filter((name) => name.startsWith('kt'));
      host.host('ip', 'link', 'set', 'dev', tap, 'down');
    });
    assert.is(new Set(seen.map(({ peer }) => peer)).size, nics);
    assert.is(ended.status, 0, ended.stderr);
    assert.match(ended.stdout, new RegExp(hash));
    assert.match(ended.stdout, new RegExp(`MPTcpExtMPJoinSynAckRx\\s+${nics - 1}\\s`));
    console.log(`# ${nics} NICs, bytes on each when the link was cut: ${seen.map(({ peer, sent }) => `${peer} ${sent}`).join(', ')}`);
  });
}

it('--no-multipath: addresses, but no tables and no endpoints', async (context) => {
  const host = await hostWith(context);
  const vm = await runVm(host, ['bridge0', 'bridge0'], 'ip -4 -o addr; ip rule; ip mptcp endpoint', {}, ['--no-multipath']);
  assert.is(addressesIn(vm.stdout).length, 2, vm.stderr);
  assert.not.match(vm.stdout, /lookup 10\d|subflow/);
});

it('VM_MULTIPATH=signal announces', async (context) => {
  const host = await hostWith(context);
  const vm = await runVm(host, ['bridge0'], 'ip mptcp endpoint', { VM_MULTIPATH: 'signal' });
  assert.match(vm.stdout, /10\.77\.0\.\d+ id 1 (signal|subflow signal|signal subflow)/, vm.stderr);
});

it('a user-mode NIC beside one on the bridge', async (context) => {
  const host = await hostWith(context);
  const vm = await runVm(host, ['bridge0'], 'ip -4 -o addr; ip route; ip route get 203.0.113.1 from 10.0.2.15; ip mptcp endpoint', {}, ['--net']);
  assert.match(vm.stdout, /10\.77\.0\.\d+\/24[\s\S]*10\.0\.2\.15\/24/, vm.stderr);
  assert.match(vm.stdout, /default via 10\.77\.0\.1 dev eth0 [^\n]*metric 100[\s\S]*default via 10\.0\.2\.2 dev eth1 [^\n]*metric 101/);
  // What is sent from its address goes out by it; but QEMU's own network passes no subflow on.
  assert.match(vm.stdout, /203\.0\.113\.1 from 10\.0\.2\.15 via 10\.0\.2\.2 dev eth1/);
  assert.not.match(vm.stdout, /10\.0\.2\.15 id/);
});

for (const firewall of ['none', 'one that drops']) it(`the private bridge, firewall: ${firewall}; a lease, and a fetch from outside through the NAT`, async (context) => {
  const host = await hostWith(context, { dhcp: false });
  if (firewall !== 'none') {
    // As ufw has it: what nobody asked for is dropped.
    for (const chain of ['INPUT', 'FORWARD']) host.host('iptables', '-w', '-P', chain, 'DROP');
    host.host('iptables', '-w', '-A', 'INPUT', '-m', 'conntrack', '--ctstate', 'ESTABLISHED,RELATED', '-j', 'ACCEPT');
  }
  const before = host.photograph();
  const dir = mkdtempSync('/var/tmp/kloop-test-');
  try {
    const program = compileLittle('mptcp', dir);
    writeFileSync(join(dir, 'data'), 'from outside\n');
    await host.background('router', [program, 'serve', '7777', join(dir, 'data')], 'listening');
    const vm = await runVm(host, ['bridge0'], `ip -4 -o addr; PLAIN=1 ${program} fetch 10.77.0.1 7777`, { BRIDGE_UPLINK: 'none' });
    assert.is(vm.status, 0, vm.stderr);
    assert.match(vm.stdout, /192\.168\.211\.\d+\/24/);
    assert.match(vm.stdout, /from outside\n/);
    const status = await host.kloop(['bridge', 'status'], { BRIDGE_UPLINK: 'none' });
    assert.match(status.stdout, /leases {5}192\.168\.211\.\d+ {2}02:/);
    const down = await host.kloop(['bridge', 'down'], { BRIDGE_UPLINK: 'none' });
    assert.is(down.status, 0, down.stderr);
    assert.is(host.photograph(), before);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

it('IPv6 alone: an address by router advertisement is enough', async (context) => {
  const host = await hostWith(context, { dhcp: false });
  await host.background('router', ['dnsmasq', '--keep-in-foreground', '--log-facility=-', '--conf-file=/dev/null', '--port=0', '--user=root', '--interface=port', '--enable-ra', '--dhcp-range=fd77::,ra-only', '--ra-param=port,4', '--pid-file='], 'started');
  const vm = await runVm(host, ['bridge0'], 'ip -6 -o addr show dev eth0; ip -6 rule; ip mptcp endpoint');
  assert.is(vm.status, 0, vm.stderr);
  assert.match(vm.stdout, /inet6 fd77:[0-9a-f:]+\/64 scope global/);
  assert.match(vm.stdout, /fd77:[0-9a-f:]+ id 1 subflow dev eth0/);
});

for (const client of ['dhcpcd', 'dhclient', 'busybox']) {
  it(`leases by ${client}`, async (context) => {
    const host = await hostWith(context);
    const others = ['udhcpc', 'dhcpcd', 'dhclient'].filter((name) => name !== client);
    // A layer over /usr/sbin, in this host's namespace alone, from which they are gone.
    host.host('sh', '-ec', 'mkdir /run/layer; mount -t tmpfs tmpfs /run/layer; mkdir /run/layer/upper /run/layer/work; '
      + `mount -t overlay overlay -o lowerdir=/usr/sbin,upperdir=/run/layer/upper,workdir=/run/layer/work /usr/sbin; cd /usr/sbin; rm -f ${others.join(' ')}`);
    const vm = await runVm(host, ['bridge0', 'bridge0'], 'ip -4 -o addr; cat /etc/resolv.conf; ip route');
    assert.is(vm.status, 0, vm.stderr);
    assert.is(new Set(addressesIn(vm.stdout)).size, 2, vm.stdout);
    assert.match(vm.stdout, /nameserver 10\.77\.0\.1\n/);
    assert.is(vm.stdout.match(/^default /gm)?.length, 2, vm.stdout);
    assert.match(host.host('cat', '/etc/resolv.conf'), /search lan/);
  });
}

it('no DHCP server: which NIC, within the deadline, and nothing left', async (context) => {
  const host = await hostWith(context, { dhcp: false });
  const vm = await runVm(host, ['bridge0', 'bridge0'], 'true', { VM_LEASE_TIMEOUT: '3s' });
  assert.is(vm.status, 125);
  assert.match(vm.stderr, /eth0 \(NIC 1, 02:[0-9a-f:]+\): no DHCP server answered within 3\.0 s; eth1 \(NIC 2/);
  assert.equal(links(host).filter((name) => name.startsWith('kt')), []);
  assert.equal(host.residents(), []);
});

test.run();
