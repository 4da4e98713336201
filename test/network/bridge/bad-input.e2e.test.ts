/** What can be wrong with a bridge or a NIC: each said in words, with the command that fixes it, and nothing half-made left. */
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cannotFake, FakeHost, type Ended } from '../../support/fake-host.ts';
import { testIf } from '../../support/skip-unless.ts';

const kernel = process.env['KLOOP_TEST_KERNEL'];
const test = suite<{ host: FakeHost; before: string }>('bridge, bad input');
const canFake = cannotFake === undefined;
/** Nobody in particular. */
const user = '65534';
const helper = '/usr/lib/qemu/qemu-bridge-helper';

const it = testIf(canFake, test);
const withSudo = testIf(canFake && existsSync('/usr/bin/sudo'), test);
const withHelper = testIf(canFake && kernel !== undefined && existsSync(helper), test);

test.before.each(async (context) => {
  context.host = await FakeHost.start();
  context.host.configureStatically();
  context.before = context.host.photograph();
});
test.after.each(({ host }) => host?.stop());

function refused(ended: Ended, words: RegExp, fix: RegExp): void {
  assert.is(ended.status, 125, ended.stderr);
  assert.match(ended.stderr, words);
  assert.match(ended.stderr, fix);
}

it('no such adapter', async ({ host, before }) => {
  refused(await host.kloop(['bridge', '--uplink', 'enp9s9']), /there is no adapter 'enp9s9'/, /Next: ip -brief link/);
  assert.is(host.photograph(), before);
});

it('an adapter on another bridge', async ({ host }) => {
  host.host('sh', '-c', 'ip link add virbr0 type bridge; ip link set eth0 master virbr0');
  const before = host.photograph();
  refused(await host.kloop(['bridge']), /eth0 is already on another bridge: virbr0/, /--bridge virbr0[\s\S]*nomaster/);
  assert.is(host.photograph(), before);
});

it('a bridge of that name that is not ours', async ({ host }) => {
  host.host('ip', 'link', 'add', 'bridge0', 'type', 'bridge');
  const before = host.photograph();
  refused(await host.kloop(['bridge']), /there is already a bridge 'bridge0', which kloop did not make/, /BRIDGE_NAME=/);
  refused(await host.kloop(['bridge', '--dry-run']), /which kloop did not make/, /BRIDGE_NAME=/);
  refused(await host.kloop(['bridge', 'down']), /which kloop did not make/, /ip link del/);
  assert.is(host.photograph(), before);
});

it('something that is no adapter', async ({ host, before }) => {
  refused(await host.kloop(['bridge', '--uplink', 'lo']), /'lo' isn't an Ethernet adapter/, /Next: /);
  assert.is(host.photograph(), before);
});

it('a name that no link can have', async ({ host }) => {
  refused(await host.kloop(['bridge'], { BRIDGE_NAME: 'a-name-that-is-too-long' }), /BRIDGE_NAME/, /at most 15/);
});

it('vm: no such bridge', async ({ host, before }) => {
  refused(await host.kloop(['vm', '--kernel', kernel ?? '/bin/true', '--bridge', 'br7', '--', 'true']), /there is no bridge 'br7'/, /BRIDGE_NAME=br7 npm run bridge/);
  assert.is(host.photograph(), before);
});

it('vm: more NICs than there is room for', async ({ host }) => {
  host.host('ip', 'link', 'add', 'br7', 'type', 'bridge');
  const nine = Array.from({ length: 9 }, () => 'br7');
  refused(await host.kloop(['vm', '--kernel', kernel ?? '/bin/true', '--bridge', ...nine, '--', 'true']), /at most 8 NICs, not 9/, /./);
});

it('vm: no tun device', async ({ host }) => {
  host.host('sh', '-c', 'ip link add br7 type bridge; mkdir /run/empty; mount --bind /run/empty /dev/net');
  refused(await host.kloop(['vm', '--kernel', kernel ?? '/bin/true', '--bridge', 'br7', '--', 'true']), /needs \/dev\/net\/tun/, /modprobe tun/);
});

/** Runs kloop as an ordinary user, from a copy of its state that the user may write. */
function asUser(host: FakeHost, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const state = join(host.dir, 'users-state');
  mkdirSync(state, { recursive: true });
  chmodSync(host.dir, 0o755);
  host.host('chown', '-R', user, state);
  return host.start('host', ['setpriv', '--reuid', user, '--regid', user, '--clear-groups', 'node', join(process.cwd(), 'tasks/launch.cjs'), ...args],
    { STATE_DIR: state, HOME: state, ...env }).ended;
}

it('an ordinary user without sudo', async ({ host, before }) => {
  const empty = mkdtempSync('/var/tmp/kloop-test-');
  try {
    // Every program but sudo.
    host.host('sh', '-c', 'mkdir /run/empty; : >/run/empty/none; sudo=$(command -v sudo) && mount --bind /run/empty/none "$sudo" || :');
    refused(await asUser(host, ['bridge']), /this needs root, and there is no sudo/, /su -c/);
    assert.is(host.photograph().replace(/^empty\n/m, ''), before);
  } finally {
    rmSync(empty, { recursive: true });
  }
});

withSudo('an ordinary user whom sudo refuses', async ({ host, before }) => {
  refused(await asUser(host, ['bridge']), /sudo did not grant it/, /sudo -v/);
  assert.is(host.photograph(), before);
});

withSudo('an ordinary user, with sudo: up and down', async ({ host, before }) => {
  host.host('sh', '-c', 'echo "nobody ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/test');
  const up = await asUser(host, ['bridge']);
  assert.is(up.status, 0, up.stderr);
  assert.match(up.stderr, /\$ sudo -- ip link add name bridge0/);
  host.host('ping', '-c', '1', '-W', '1', '10.77.0.1');
  const down = await asUser(host, ['bridge', 'down']);
  assert.is(down.status, 0, down.stderr);
  assert.is(host.photograph(), before);
});

withHelper("an ordinary user's VM: QEMU's helper without its privilege, then with it", async ({ host }) => {
  await host.kloop(['bridge']);
  // A copy of the helper in its place, in this namespace alone: the machine's own stays as it is.
  const copy = join(host.dir, 'helper');
  cpSync(helper, copy);
  host.host('sh', '-c', `chmod 755 ${copy}; mount --bind ${copy} ${helper}`);
  // A device node of this namespace's own: /dev is shared with the machine, whose modes are not ours to change.
  host.host('sh', '-c', 'mount -t tmpfs tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200');
  const args = ['vm', '--kernel', kernel ?? '', '--bridge', 'bridge0', '--', 'ip', '-4', '-o', 'addr'];
  refused(await asUser(host, args), /has neither setuid root nor cap_net_admin/, /sudo chmod u\+s/);
  host.host('chmod', 'u+s', copy);
  host.host('sh', '-c', 'cp /etc/qemu/bridge.conf /run/kept; echo "allow other" >/etc/qemu/bridge.conf');
  refused(await asUser(host, args), /does not allow the bridge bridge0/, /allow bridge0/);
  host.host('sh', '-c', 'cat /run/kept >/etc/qemu/bridge.conf');
  const vm = await asUser(host, args);
  assert.is(vm.status, 0, vm.stderr);
  assert.match(vm.stdout, /10\.77\.0\.\d+\/24/);
  assert.not.match(host.host('sh', '-c', 'ls /sys/class/net'), /tap/);
});

test.run();
