/** Ports and unix sockets of the host that lead into a VM which another kloop has. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type NetConnectOpts, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../../tasks/host/files.ts';
import { root, startKloop } from '../../support/kloop.ts';
import { compileLittle } from '../../support/little-programs.ts';
import { testIf } from '../../support/skip-unless.ts';
import { until } from '../../support/until.ts';
import { startVm, type RunningVm } from './running.ts';

interface Open {
  readonly child: ChildProcess;
  readonly port: number;
  readonly ended: Promise<{ readonly status: number | null; readonly stderr: string }>;
  /** Resolves when stderr holds a match. */
  says(pattern: RegExp): Promise<void>;
}

const test = suite<{ vm: RunningVm; dir: string; program: string; echo: Open }>('forward');
const launch = join(root, 'tasks', 'launch.cjs');
const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** A kloop that listens, at a port that is free. */
async function open(vm: RunningVm, ...words: string[]): Promise<Open> {
  const running = startKloop(['forward', ...words], { env: vm.env });
  let said = '';
  running.child.stderr?.on('data', (chunk: Buffer) => { said += chunk.toString(); });
  await running.says(/leads to.*\n/);
  return { child: running.child, port: Number(/127\.0\.0\.1:(\d+)/.exec(said)?.[1]), ended: running.ended, says: (pattern) => running.says(pattern) };
}

async function stop({ child, ended }: Pick<Open, 'child' | 'ended'>, signal: NodeJS.Signals = 'SIGINT') {
  child.kill(signal);
  return ended;
}

/** Sends all, ends that direction, and reads the other one to its end. */
async function sent(to: NetConnectOpts, bytes: Buffer): Promise<Buffer> {
  const socket = connect({ ...to, allowHalfOpen: true });
  socket.end(bytes);
  const parts: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => parts.push(chunk));
  await once(socket, 'end');
  return Buffer.concat(parts);
}
const local = (port: number) => ({ host: '127.0.0.1', port });

/** An end of a connection in whatever way: whether a reset overtakes the end of what is sent is a matter of time. */
const closed = (socket: Socket) => new Promise<void>((resolve) => socket.on('error', () => undefined).on('close', () => resolve()));

test.before(async (context) => {
  context.dir = mkdtempSync('/var/tmp/kloop-forward-');
  context.program = compileLittle('echo', context.dir);
  context.vm = await startVm(['--', context.program, '7']);
  context.echo = await open(context.vm, '0:7');
  await until('it serves', async () => (await sent(local(context.echo.port), Buffer.from('a')).catch(() => Buffer.alloc(0))).length === 1);
});
test.after(async ({ vm, dir, echo }) => {
  await stop(echo);
  await vm.end();
  rmSync(dir, { recursive: true });
});
const withSshd = testIf(existsSync('/usr/sbin/sshd') && ['ssh', 'ssh-keygen'].every((name) => findProgram(name) !== undefined), test);

test('bytes come as they are, both ways; each direction ends by itself', async ({ echo }) => {
  const bytes = randomBytes(4 << 20);
  assert.is(hash(await sent(local(echo.port), bytes)), hash(bytes));
});

test('many at once: each gets its own', async ({ echo }) => {
  const all = await Promise.all(Array.from({ length: 40 }, async (_, i) => {
    const bytes = Buffer.alloc(20_000, i);
    return (await sent(local(echo.port), bytes)).equals(bytes);
  }));
  assert.ok(all.every((whole) => whole));
});

test('who does not read is waited for, in the guest; the others are not', async ({ echo }) => {
  const socket = connect(local(echo.port));
  socket.pause();
  const most = 256;
  let taken = 0;
  const filled = (async () => {
    for (const chunk = Buffer.alloc(1 << 20); taken < most; taken++) if (!(await new Promise<boolean>((resolve) => socket.write(chunk, (error) => resolve(error === null || error === undefined))))) return;
  })();
  let before = -1;
  // What is between the two ends is full when no more is taken while another connection is served.
  while (before !== taken) {
    before = taken;
    assert.is((await sent(local(echo.port), Buffer.alloc(100_000))).length, 100_000);
  }
  socket.destroy();
  await filled;
  assert.ok(taken < most, `${taken} MiB were taken`);
});

/** An address of this host that is not the loopback's. */
const [other] = Object.values(networkInterfaces()).flat().flatMap((one) => (one !== undefined && !one.internal && one.family === 'IPv4' ? [one.address] : []));

testIf(other !== undefined, test)('it is the loopback\'s alone, if no other address is named', async ({ vm, echo }) => {
  const refused = connect({ host: other ?? '', port: echo.port });
  const got = await new Promise((resolve) => refused.on('connect', () => resolve('connected')).on('error', (error: NodeJS.ErrnoException) => resolve(error.code)));
  assert.is(got, 'ECONNREFUSED');
  const everywhere = startKloop(['forward', `${other ?? ''}:0:7`], { env: vm.env });
  await everywhere.says(/ leads to port 7 of VM vm, until Ctrl-C\n/);
  everywhere.child.kill('SIGINT');
  assert.match((await everywhere.ended).stderr, new RegExp(`${other ?? ''}:\\d+ leads to`));
});

test('unix sockets at both ends; only their owner may connect; a killed kloop\'s is taken over', async ({ vm, dir, program }) => {
  const path = join(dir, 'socket');
  const killed = await open(vm, 'vm', `${path}:127.0.0.1:7`);
  assert.is(statSync(path).mode & 0o777, 0o600);
  await stop(killed, 'SIGKILL');
  assert.ok(existsSync(path));
  const again = await open(vm, `${path}:7`);
  assert.is((await sent({ path }, Buffer.from('x'))).toString(), 'x');
  const second = await vm.kloop(['forward', `${path}:7`]);
  assert.match(second.stderr, /^kloop: cannot listen at .*socket: another program has it already\n/);
  assert.is((await stop(again)).status, 130);
  assert.not.ok(existsSync(path));
  // A server at a unix socket of the guest's.
  const inGuest = startKloop(['exec', '--', program, '/run/here'], { env: vm.env });
  await until('it listens', async () => (await vm.kloop(['forward', '--stdio', '/run/here'], 'x')).stdout === 'x');
  const there = await open(vm, `${path}:/run/here`);
  assert.is((await sent({ path }, Buffer.from('x'))).toString(), 'x');
  await stop(there);
  await stop(inGuest);
});

test('a port of the guest at which nobody listens, and one of the host that is taken', async ({ vm }) => {
  const none = await open(vm, '0:9999');
  const socket = connect(local(none.port));
  socket.resume();
  await closed(socket);
  // The connection's end may be there before what is said of it.
  await none.says(/^kloop: in the guest, localhost port 9999: Connection refused$/m);
  await stop(none);
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const taken = await vm.kloop(['forward', `${port}:7`]);
  server.close();
  assert.is(taken.status, 125);
  assert.match(taken.stderr, new RegExp(`^kloop: cannot listen at 127.0.0.1:${port}: another program has it already\\n`));
  assert.match((await vm.kloop(['forward', '0'])).stderr, /^kloop: forward needs what leads where\n/);
});

test('vm --forward: QEMU leads a port into the guest, by its own network', async ({ program }) => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const vm = await startVm(['--forward', `${port}:7`, '--', program, '7']);
  const bytes = randomBytes(100_000);
  await until('it serves', async () => (await sent(local(port), Buffer.from('a')).catch(() => Buffer.alloc(0))).length === 1);
  assert.is(hash(await sent(local(port), bytes)), hash(bytes));
  await vm.end();
});

test('on standard streams', async ({ vm }) => {
  assert.equal(await vm.kloop(['forward', '--stdio', 'vm', '7'], 'typed\n'), { status: 0, stdout: 'typed\n', stderr: '' });
  const refused = await vm.kloop(['forward', '--stdio', '9999'], '');
  assert.equal(refused, { status: 125, stdout: '', stderr: 'kloop: in the guest, localhost port 9999: Connection refused\n' });
});

const connectors = async (vm: RunningVm) => (await vm.kloop(['exec', '--', 'pgrep', '-fc', '^/proc/self/exe connect'])).stdout.trim();

for (const signal of ['SIGKILL', 'SIGINT'] as const) {
  test(`${signal} ends its connections, at both ends`, async ({ vm }) => {
    const one = await open(vm, '0:7');
    const socket = connect(local(one.port));
    socket.write('x');
    await once(socket, 'data');
    const over = closed(socket);
    assert.is.not(await connectors(vm), '0');
    await stop(one, signal);
    await over;
    await until('nothing is left in the guest', async () => (await connectors(vm)) === '0');
  });
}

withSshd('ssh, by a ProxyCommand, to a real sshd of the guest', async ({ vm, dir }) => {
  for (const name of ['host', 'key']) spawnSync('ssh-keygen', ['-q', '-N', '', '-t', 'ed25519', '-f', join(dir, name)]);
  writeFileSync(join(dir, 'sshd_config'), `HostKey ${dir}/host\nAuthorizedKeysFile ${dir}/key.pub\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n`);
  // A host's root may be locked, which sshd refuses; the guest's /etc is its own.
  const sshd = vm.kloop(['exec', '--', 'sh', '-c', `mkdir -p /run/sshd; sed -i 's/^root:[^:]*/root:*/' /etc/shadow; exec /usr/sbin/sshd -D -f ${dir}/sshd_config`]);
  await until('it listens', async () => (await vm.kloop(['forward', '--stdio', '22'], '\n')).stdout.startsWith('SSH-'));
  const ssh = spawn('ssh', ['-F', 'none', '-i', join(dir, 'key'), '-o', 'StrictHostKeyChecking=no', '-o', `UserKnownHostsFile=${dir}/known`, '-o', `ProxyCommand=${process.execPath} ${launch} forward --stdio vm %p`, 'root@guest', 'uname -n; exit 3'],
    { cwd: root, env: { ...process.env, ...vm.env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  ssh.stdout.on('data', (chunk: Buffer) => { out += chunk.toString(); });
  ssh.stderr.on('data', (chunk: Buffer) => { err += chunk.toString(); });
  const [status] = await once(ssh, 'close') as [number];
  assert.is(status, 3, err);
  assert.is(out, 'vm\n');
  assert.not.match(err, /kloop/);
  await vm.kloop(['exec', '--', 'pkill', '-x', 'sshd']);
  await sshd;
});

test('the VM\'s end is told', async () => {
  const vm = await startVm(['--', 'sleep', '1000']);
  const one = await open(vm, '0:7');
  await vm.kloop(['stop']);
  const { status, stderr } = await one.ended;
  assert.is(status, 255);
  assert.match(stderr, /^kloop: VM vm has ended$/m);
  await vm.end();
});

test.run();
