/** The bridge on a host with static addresses: nothing is lost, whatever happens on the way. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cannotFake, FakeHost, type Ended } from '../../support/fake-host.ts';

const test = suite<{ host: FakeHost; before: string }>('bridge safety');
const it = cannotFake === undefined ? test : test.skip.bind(test);

test.before.each(async (context) => {
  if (cannotFake !== undefined) return;
  context.host = await FakeHost.start({ dhcp: false });
  context.host.configureStatically();
  context.before = context.host.photograph();
});
test.after.each(({ host }) => host?.stop());

const commandsShown = (stderr: string) => stderr.split('\n').filter((line) => /^kloop: bridge: \$ /.test(line)).length;

it('up, up, status, down, down', async ({ host, before }) => {
  const up = await host.kloop(['bridge']);
  assert.is(up.status, 0, up.stderr);
  assert.match(host.host('ip', '-br', 'addr', 'show', 'bridge0'), /UP.*10\.77\.0\.2\/24 10\.77\.0\.3\/24 fd77::2\/64/);
  assert.is(host.host('cat', '/sys/class/net/bridge0/bridge/forward_delay').trim(), '0');
  assert.is(host.host('stat', '-c', '%u:%g %a', '/etc/qemu/bridge.conf').trim(), '0:0 644');
  host.host('ping', '-c', '1', '-W', '1', '10.77.0.1');
  host.host('ping', '-6', '-c', '1', '-W', '1', 'fd77::1');
  const again = await host.kloop(['bridge']);
  assert.is(again.status, 0);
  assert.is(commandsShown(again.stderr), 0, 'a second up has nothing to do');
  const status = JSON.parse((await host.kloop(['bridge', 'status', '--json'])).stdout) as { ports: { name: string }[]; state: string };
  assert.equal([status.state, status.ports.map(({ name }) => name)], ['ours', ['eth0']]);
  assert.is((await host.kloop(['bridge', 'down'])).status, 0);
  assert.is(host.photograph(), before);
  assert.is((await host.kloop(['bridge', 'down'])).status, 0);
  assert.is(host.photograph(), before);
  assert.equal(host.residents(), []);
});

it('a dry run prints what a run then does, and does nothing', async ({ host, before }) => {
  const dry = await host.kloop(['bridge', '--dry-run']);
  assert.is(dry.status, 0, dry.stderr);
  assert.is(host.photograph(), before);
  const up = await host.kloop(['bridge']);
  const ran = up.stderr.split('\n').join('\n');
  for (const line of dry.stdout.split(/ {3}# .*\n/).filter((text) => text !== '')) assert.ok(ran.includes(line), line);
  assert.is(commandsShown(up.stderr), dry.stdout.match(/ {3}# /g)?.length);
});

/** Starts `bridge`, and kills it when it has shown its n-th command. @returns undefined when it ended before. */
async function killAt(host: FakeHost, n: number, kill: (pid: number) => void): Promise<Ended | undefined> {
  const { child, ended } = host.start('host', ['node', join(process.cwd(), 'tasks/launch.cjs'), 'bridge']);
  let text = '';
  let killed = false;
  child.stderr?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (!killed && commandsShown(text) >= n) {
      killed = true;
      kill(child.pid ?? 0);
    }
  });
  const how = await ended;
  return how.signal === 'SIGKILL' ? how : undefined;
}

it('killed after each command in turn: the guard puts everything back', async ({ host, before }) => {
  let n = 1;
  for (; ; n++) {
    const killed = await killAt(host, n, (pid) => process.kill(pid, 'SIGKILL'));
    if (killed === undefined) break;
    await host.until(`the guard, at command ${n}`, () => host.residents().length === 0);
    assert.is(host.photograph(), before, `killed at command ${n}`);
    assert.not.ok(existsSync(join(host.stateDir, 'bridge/bridge0.json')), 'its record is done with');
  }
  assert.ok(n > 10, `only ${n} commands were tried`);
});

it('killed together with its guard after each command in turn: down puts everything back', async ({ host, before }) => {
  let n = 1;
  for (; ; n++) {
    const killed = await killAt(host, n, () => {
      // Both at once, the guard first: it must not see kloop go.
      for (const line of host.residents().sort((a) => (a.includes('forget') ? -1 : 1))) {
        try { process.kill(Number(line.split(' ')[0]), 'SIGKILL'); } catch { /* it ended by itself */ }
      }
    });
    if (killed === undefined) break;
    const down = await host.kloop(['bridge', 'down']);
    assert.is(down.status, 0, `killed at command ${n}: ${down.stderr}`);
    assert.is(host.photograph(), before, `killed at command ${n}`);
  }
  assert.ok(n > 10, `only ${n} commands were tried`);
});

it('an up after such an end starts over', async ({ host, before }) => {
  await killAt(host, 8, () => { for (const line of host.residents()) try { process.kill(Number(line.split(' ')[0]), 'SIGKILL'); } catch { /* gone */ } });
  const plan = await host.kloop(['plan', 'bridge']);
  assert.match(plan.stdout, /did not finish|there is no bridge0/);
  const up = await host.kloop(['bridge']);
  assert.is(up.status, 0, up.stderr);
  host.host('ping', '-c', '1', '-W', '1', '10.77.0.1');
  assert.is((await host.kloop(['bridge', 'down'])).status, 0);
  assert.is(host.photograph(), before);
});

it('Ctrl-C half-way puts everything back', async ({ host, before }) => {
  const { child, ended } = host.start('host', ['node', join(process.cwd(), 'tasks/launch.cjs'), 'bridge']);
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => { text += chunk.toString(); if (commandsShown(text) === 9) child.kill('SIGINT'); });
  const how = await ended;
  assert.is(how.status, 130, how.stderr);
  assert.is(host.photograph(), before);
  assert.equal(host.residents(), []);
});

it('its guard killed half-way: kloop puts everything back itself', async ({ host, before }) => {
  const { child, ended } = host.start('host', ['node', join(process.cwd(), 'tasks/launch.cjs'), 'bridge']);
  let text = '';
  let killed = false;
  child.stderr?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (killed || commandsShown(text) < 8) return;
    killed = true;
    for (const line of host.residents()) if (line.includes('forget')) process.kill(Number(line.split(' ')[0]), 'SIGKILL');
  });
  const how = await ended;
  assert.is(how.status, 125, how.stderr);
  assert.is(host.photograph(), before);
  assert.not.ok(existsSync(join(host.stateDir, 'bridge/bridge0.json')));
});

it('a gateway that goes silent: everything is put back', async ({ host, before }) => {
  host.host('ping', '-c', '1', '-W', '1', '10.77.0.1'); // it answers beforehand
  // A switch that lets one MAC address through, and not the bridge's: the router drops all ARP from now on.
  host.router('nft', 'add table netdev t; add chain netdev t c { type filter hook ingress device port priority 0; policy drop; }');
  const up = await host.kloop(['bridge']);
  assert.is(up.status, 125);
  assert.match(up.stderr, /the gateway 10\.77\.0\.1.* did not answer over bridge0 within 7 s; the network was restored/);
  assert.is(host.photograph(), before);
  assert.equal(host.residents(), []);
});

it('other lines of bridge.conf, its owner and its mode stay', async ({ host }) => {
  host.host('sh', '-c', 'mkdir /etc/qemu; printf "# mine\\nallow virbr0" >/etc/qemu/bridge.conf; chmod 640 /etc/qemu/bridge.conf; chgrp 100 /etc/qemu/bridge.conf');
  const up = await host.kloop(['bridge']);
  assert.is(up.status, 0, up.stderr);
  assert.is(host.host('cat', '/etc/qemu/bridge.conf'), '# mine\nallow virbr0\nallow bridge0\n');
  assert.is(host.host('stat', '-c', '%u:%g %a', '/etc/qemu/bridge.conf').trim(), '0:100 640');
  await host.kloop(['bridge', 'down']);
  assert.is(host.host('cat', '/etc/qemu/bridge.conf'), '# mine\nallow virbr0\n');
  assert.is(host.host('stat', '-c', '%u:%g %a', '/etc/qemu/bridge.conf').trim(), '0:100 640');
});

it('over ssh through the adapter: refused without --force', async ({ host, before }) => {
  const ssh = { SSH_CONNECTION: '10.77.0.9 50000 10.77.0.2 22' };
  const refused = await host.kloop(['bridge'], ssh);
  assert.is(refused.status, 125);
  assert.match(refused.stderr, /connected by ssh through eth0[\s\S]*--force/);
  assert.is(host.photograph(), before);
  assert.is((await host.kloop(['bridge', '--force'], ssh)).status, 0);
});

it("where Docker drops forwarded frames, the bridge's are let through, and it is said", async ({ host, before }) => {
  host.host('iptables', '-P', 'FORWARD', 'DROP');
  const up = await host.kloop(['bridge']);
  assert.is(up.status, 0, up.stderr);
  assert.match(up.stderr, /drops forwarded packets; a rule lets the frames of bridge0 through/);
  assert.match(host.host('iptables', '-S', 'FORWARD'), /-A FORWARD -i bridge0 -o bridge0 -j ACCEPT/);
  await host.kloop(['bridge', 'down']);
  assert.is(host.host('iptables', '-S', 'FORWARD').trim(), '-P FORWARD DROP');
  assert.ok(before !== '');
});

it('the private bridge leaves no trace', async ({ host, before }) => {
  const up = await host.kloop(['bridge', '--uplink', 'none']);
  assert.is(up.status, 0, up.stderr);
  assert.is(host.residents().length, 1, 'dnsmasq');
  assert.is((await host.kloop(['bridge', '--uplink', 'none'])).stderr.includes('up to date'), true);
  assert.is((await host.kloop(['bridge', 'down'])).status, 0);
  assert.is(host.photograph(), before);
  assert.equal(host.residents(), []);
});

it('--dry-run touches nothing: of a bridge that is to be made anew it shows what comes first, and vm --dry-run makes none', async ({ host, before }) => {
  const image = process.env['KLOOP_TEST_KERNEL'];
  if (image !== undefined) {
    const vm = await host.kloop(['vm', '--kernel', image, '--bridge', 'bridge0', '--dry-run']);
    assert.is(vm.status, 0, vm.stderr);
    assert.match(vm.stdout, /-netdev tap,/);
    assert.is(host.photograph(), before);
  }
  await host.kloop(['bridge', '--uplink', 'none']);
  const up = host.photograph();
  const dry = await host.kloop(['bridge', '--dry-run']);
  assert.is(dry.status, 0, dry.stderr);
  assert.match(dry.stderr, /would be taken down first \(BRIDGE_UPLINK was none\)/);
  assert.match(dry.stdout, /^ip link del dev bridge0$/m);
  assert.not.match(dry.stdout, /link add/);
  assert.is(host.photograph(), up);
  assert.match((await host.kloop(['plan'], { VM_NICS: 'bridge0' })).stdout, /^bridge +bridge0: BRIDGE_UPLINK was none$/m);
});

it('without a wired adapter the bridge is private, and says so', async ({ host }) => {
  const up = await host.kloop(['bridge'], { BRIDGE_UPLINK: 'auto' }); // eth0 is a veth: no hardware
  assert.is(up.status, 0, up.stderr);
  assert.match(up.stderr, /bridge0 is private \(there is no wired adapter\)/);
});

test.run();
