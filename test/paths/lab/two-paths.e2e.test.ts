/** A VM with two paths to a peer, as an ordinary user has it: what goes over them, how fast, and what is left. */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lastPackets } from '../../../tasks/machine/capture/pcapng.ts';
import { kloop, root } from '../../support/kloop.ts';
import { fetchScript } from './lab-place.ts';

const kernel = process.env['KLOOP_TEST_KERNEL'] ?? '';
const nobody = 65534;
const isRoot = process.getuid?.() === 0;
let dir: string;
let state: string;

test.before(() => {
  dir = realpathSync(mkdtempSync('/var/tmp/kloop-test-'));
  state = join(dir, 'state');
  mkdirSync(state);
  if (isRoot) for (const path of [dir, state]) chownSync(path, nobody, nobody);
});
test.after(() => rmSync(dir, { recursive: true }));

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** kloop, without root. */
function asUser(...args: string[]): Promise<Ended> {
  const user = isRoot ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] : ['env'];
  const env = { ...process.env };
  delete env['XDG_RUNTIME_DIR'];
  const child = spawn(user[0] ?? '', [...user.slice(1), process.execPath, join(root, 'tasks/launch.cjs'), ...args], {
    cwd: dir, env: { ...env, HOME: dir, STATE_DIR: state, KLOOP_ENV_FILE: '' }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString(); });
  child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString(); });
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, stdout, stderr })));
}

/** The packets of a capture, whose last one is whole. */
function packetsIn(path: string): number {
  const bytes = readFileSync(path);
  const all = lastPackets(bytes, Infinity);
  assert.is(all?.data.length, bytes.length);
  return all?.packets ?? 0;
}

/** Where the sockets are, for a user who has no runtime directory: this user's. */
const leftOver = () => readdirSync('/tmp').filter((name) => name.startsWith('kloop-paths-') && statSync(join('/tmp', name), { throwIfNoEntry: false })?.uid === (isRoot ? nobody : process.getuid?.()));

test('one connection has data on both paths, in order, within their rates; delays are as asked; nothing is left', async () => {
  const blob = randomBytes(5_000_000);
  writeFileSync(join(dir, 'blob'), blob);
  writeFileSync(join(dir, 'fetch.sh'), `
    exec 3<>/dev/tcp/peer/80
    printf 'GET ${dir}/blob HTTP/1.0\\r\\n\\r\\n' >&3
    read -r status <&3; read -r length <&3; read -r empty <&3
    began=$(date +%s%N)
    sha256sum <&3
    echo ms $((($(date +%s%N) - began) / 1000000))
    for path in one two; do echo $path-bytes $(cat /sys/class/net/$path/statistics/rx_bytes); done
    # Last: in the first second an emulated peer is still starting iperf3.
    ping -c 5 -i 0.2 -q peer-one | sed -n 's/^rtt.*= \\([0-9.]*\\).*/one \\1/p'
    ping -c 5 -i 0.2 -q peer-two | sed -n 's/^rtt.*= \\([0-9.]*\\).*/two \\1/p'
  `);
  mkdirSync(join(dir, '.config/kloop/paths'), { recursive: true });
  writeFileSync(join(dir, '.config/kloop/paths/one.path'), 'rate=20mbit\ndelay=10ms\n');
  writeFileSync(join(dir, '.config/kloop/paths/two.path'), 'rate=10mbit\ndelay=30ms\n');
  const before = leftOver();
  const ended = await asUser('vm', '--kernel', kernel, '--path', 'one', '--path', 'two', '--capture', join(dir, 'captures'), '--peer-command', 'echo hello; exit 3', '--', 'bash', join(dir, 'fetch.sh'));
  assert.is(ended.status, 0, ended.stderr);
  assert.match(ended.stdout, createHash('sha256').update(blob).digest('hex'));
  const value = (name: string) => Number(new RegExp(`^${name} ([\\d.]+)$`, 'm').exec(ended.stdout)?.[1]);
  // A round trip passes the delay twice; a busy host adds to it.
  for (const [name, least] of [['one', 20], ['two', 60]] as const) assert.ok(value(name) >= least && value(name) < least * 1.1 + 8, ended.stdout);
  const seconds = value('ms') / 1000;
  for (const [name, rate] of [['one', 20e6], ['two', 10e6]] as const) {
    const bytes = value(`${name}-bytes`);
    assert.ok(bytes > 500_000, `${name}: ${ended.stdout}`);
    assert.ok(bytes * 8 / seconds < rate * 1.15, `${name} is faster than its rate: ${ended.stdout}`);
  }
  assert.match(ended.stderr, /^ {2}one +\d\.\d MB .*█.* Mbit\/s +\d+ ms +\d+ +1$/m);
  assert.match(ended.stderr, /^kloop: peer: hello$/m);
  assert.match(ended.stderr, "the peer's command ended with status 3");
  assert.match(ended.stderr, 'Multipath TCP: 1 connection, 1 subflow joined');
  for (const name of ['one', 'two']) assert.ok(packetsIn(join(dir, 'captures', `${name}.pcapng`)) > 300);
  assert.equal(leftOver(), before);
});

test('a panic leaves whole captures; the queues are as tc would have made them', async () => {
  // The peer ends with the VM: by then its command is to have printed.
  writeFileSync(join(dir, 'panic.sh'), `
    ping -c 3 -i 0.2 peer
    until exec 3<>/dev/tcp/peer/80 && printf 'GET /shown HTTP/1.0\\r\\n\\r\\n' >&3 && read -r version status rest <&3 && [ "$status" = 200 ]; do :; done
    echo c >/proc/sysrq-trigger
  `);
  const ended = await asUser('vm', '--kernel', kernel, '--path', 'one', '--path', 'two:jitter=3ms,distribution=normal,loss=1%,burst=3,duplicate=2%,reorder=3%', '--peer-kernel', kernel,
    '--peer-command', 'nsenter --net=/proc/1/ns/net tc qdisc show dev up1; touch /shown', '--capture', join(dir, 'panic'), '--', 'bash', join(dir, 'panic.sh'));
  assert.is(ended.status, 255, ended.stderr);
  assert.ok(packetsIn(join(dir, 'panic/one.pcapng')) >= 6);
  const evidence = /evidence is kept in (\S+)/.exec(ended.stderr)?.[1] ?? '';
  // A section, an interface, and packets.
  for (const name of ['one', 'two']) assert.equal([readFileSync(join(evidence, `${name}.pcapng`)).readUInt32LE(0), readFileSync(join(evidence, `${name}.pcapng`)).length > 300], [0x0a0d0d0a, true], name);
  assert.match(ended.stderr, /^ {2}one /m);
  assert.match(ended.stderr, /limit \d+ delay 30ms +3ms loss gemodel p 0\.3367\d*% r 33\.333\d*% 1-h 100% 1-k 0% duplicate 2% reorder 3% rate 10Mbit gap 1$/m);
});

test('a QEMU before 7.2: by the older way, which is said; a transfer over two paths, cut and put back', async () => {
  const qemu = join(dir, 'old-qemu');
  // As 6.2 words it.
  writeFileSync(qemu, '#!/bin/sh\ncase "$*" in *" stream,"*) echo "qemu-system-x86_64: -netdev stream,id=nic0: Parameter \'type\' expects a netdev backend type" >&2; exit 1;; esac\nexec qemu-system-x86_64 "$@"\n', { mode: 0o755 });
  const blob = randomBytes(1_000_000);
  writeFileSync(join(dir, 'blob'), blob);
  writeFileSync(join(dir, 'fetch.sh'), `${fetchScript(join(dir, 'blob'), 1000)}kloop-path cut one; cat /sys/class/net/one/carrier; kloop-path fix one; ping -c 1 -W 9 -q peer-one >&2 && cat /sys/class/net/one/carrier`);
  const ended = await kloop(['vm', '--kernel', kernel, '--path', 'one', '--path', 'two', '--timeout', '60s', '--', 'bash', join(dir, 'fetch.sh')], { cwd: dir, env: { STATE_DIR: state, HOME: dir, VM_QEMU: qemu, VM_ACCEL: 'tcg' } });
  assert.is(ended.status, 0, ended.stderr);
  assert.match(ended.stderr, /old-qemu is older than 7\.2: .* UDP over the loopback/);
  assert.match(ended.stderr, /Multipath TCP: 1 connection, 1 subflow joined/);
  assert.is(ended.stdout, `${createHash('sha256').update(blob).digest('hex')}  -\n0\n1\n`);
});

test("a peer's kernel without netem: what it lacks, and what gives it that", async () => {
  const bytes = readFileSync(kernel);
  // By another name nobody finds it.
  for (let at = 0; (at = bytes.indexOf('netem\0', at)) >= 0;) bytes.write('no-nm', at);
  writeFileSync(join(dir, 'without'), bytes);
  const ended = await kloop(['vm', '--kernel', kernel, '--path', 'two', '--peer-kernel', join(dir, 'without'), '--', 'true'], { cwd: dir, env: { STATE_DIR: state, HOME: dir } });
  assert.is(ended.status, 125, ended.stderr);
  assert.match(ended.stderr, "The peer's kernel lacks CONFIG_NET_SCH_NETEM.");
  assert.match(ended.stderr, 'npm run kernel -- --set CONFIG_NET_SCH_NETEM=y');
});

test('a path that cannot be: said before anything is built', async () => {
  const said = async (...args: string[]) => {
    const ended = await kloop(['vm', '--kernel', kernel, ...args, '--', 'true'], { cwd: dir, env: { STATE_DIR: state } });
    assert.is(ended.status, 125, ended.stderr);
    return ended.stderr;
  };
  assert.match(await said(...Array.from({ length: 9 }, () => ['--path', 'lan']).flat()), 'at most 8 paths, not 9');
  assert.match(await said('--path', 'wfi'), '--path wifi');
  assert.match(await said('--path', 'lte:delay=fast'), 'delay=fast: expected a time');
  assert.match(await said('--path', 'lte', '--mptcp', 'backup:wifi'), "no path is called 'wifi'");
  assert.match(await said('--mptcp', 'signal'), 'there are none');
  assert.match(await said('--path', 'lte', '--mptcp', 'mesh'), 'fullmesh');
  const bridged = await asUser('vm', '--kernel', kernel, '--path', 'lte@bridge0', '--', 'true');
  assert.equal([bridged.status, bridged.stderr.includes('--path lte@bridge0: only root may shape what is on a bridge')], [125, true], bridged.stderr);
});

test.run();
