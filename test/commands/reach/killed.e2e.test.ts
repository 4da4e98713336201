/** SIGKILL of each party in turn: nothing is left of it, the others learn it, and the VM's name can be had again. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../../tasks/host/files.ts';
import { root, startKloop, type Ended } from '../../support/kloop.ts';
import { Screen } from '../../support/screen.ts';
import { testIf } from '../../support/skip-unless.ts';
import { until } from '../../support/until.ts';
import { startVm, type RunningVm } from './running.ts';

const kernel = process.env['KLOOP_TEST_KERNEL'] ?? '';
const launch = join(root, 'tasks', 'launch.cjs');
const test = suite<{ vm: RunningVm; dir: string }>('killed');
test.before(async (context) => {
  context.dir = mkdtempSync('/var/tmp/kloop-killed-');
  writeFileSync(join(context.dir, 'big'), '');
  truncateSync(join(context.dir, 'big'), 400 << 20);
  context.vm = await startVm(['--', 'sh', '-c', 'truncate -s 400M /tmp/big; sleep 1000']);
});
test.after(async ({ vm, dir }) => {
  await vm.end();
  rmSync(dir, { recursive: true });
});

/** A process and all that it has started, and that in turn. */
function family(pid: number): number[] {
  const all = execFileSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  const found = new Set([pid]);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const [child = 0, parent = 0] of all) if (found.has(parent)) found.add(child);
  }
  return [...found];
}

/** A file of a process in /proc; nothing where it has ended. */
function ofProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** One that nobody has waited for yet has ended all the same. */
const runs = (pid: number) => /^\d+ \(.*\) [^ZX] /s.test(ofProcess(pid, 'stat'));

/** SIGKILL to one process; all that it had started ends with it. */
async function killWhole(pid: number): Promise<void> {
  const members = family(pid);
  process.kill(pid, 'SIGKILL');
  await until(`${members.join(' ')} have ended`, () => !members.some(runs));
}

const entries = (vm: RunningVm) => readdirSync(join(vm.env.XDG_RUNTIME_DIR, 'kloop'), { recursive: true, encoding: 'utf8' }).sort();
const guestHas = async (vm: RunningVm, command: string) => (await vm.kloop(['exec', '--', 'pgrep', '-fx', command])).stdout !== '';

/** The VM is as before: it runs commands, and has its own files alone. */
async function asBefore(vm: RunningVm): Promise<void> {
  assert.equal(await vm.kloop(['exec', '--', 'echo', 'alive']), { status: 0, stdout: 'alive\n', stderr: '' });
  await until('the VM has its own files alone', () => entries(vm).join(' ') === 'vm vm/socket vm/vm.json');
}

interface Client {
  readonly name: string;
  readonly args: (dir: string) => readonly string[];
  /** @param said what it has printed */
  readonly begun: (vm: RunningVm, dir: string, said: string) => Promise<boolean> | boolean;
  /** What it has running in the guest. */
  readonly command?: string;
}

const clients: readonly Client[] = [
  { name: 'exec', args: () => ['exec', '--', 'sleep', '7001'], begun: (vm) => guestHas(vm, 'sleep 7001'), command: 'sleep 7001' },
  {
    name: 'console -f', args: () => ['console', '-f'], begun: async (vm, _, said) => {
      await vm.kloop(['exec', '--', 'sh', '-c', 'echo "<0>followed" >/dev/kmsg']);
      return said.includes('followed');
    },
  },
  { name: 'cp, into a directory that is there', args: (dir) => ['cp', join(dir, 'big'), ':/dev/shm'], begun: async (vm) => (await vm.kloop(['exec', '--', 'ls', '-A', '/dev/shm'])).stdout.startsWith('.kloop-cp.') },
  { name: 'cp, out of the guest', args: (dir) => ['cp', ':/tmp/big', join(dir, 'got')], begun: (_, dir) => readdirSync(dir).some((file) => file.startsWith('.kloop-cp.')) },
  { name: 'dump', args: (dir) => ['dump', 'vm', join(dir, 'dump')], begun: (_, dir) => readdirSync(dir).includes('dump.part') },
  { name: 'forward', args: (dir) => ['forward', `${join(dir, 'socket')}:7`], begun: (_, dir) => readdirSync(dir).includes('socket') },
];
for (const { name, args, begun, command } of clients) {
  test(name, async ({ vm, dir }) => {
    const { child, ended } = startKloop(args(dir), { env: vm.env });
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => { said += chunk.toString(); });
    await until('it has begun', async () => begun(vm, dir, said));
    await killWhole(child.pid ?? 0);
    await ended;
    await asBefore(vm);
    if (command !== undefined) await until('its command has ended', async () => !(await guestHas(vm, command)));
    await until('no half of a file is there', async () => (await vm.kloop(['exec', '--', 'ls', '-A', '/dev/shm'])).stdout === '' && !readdirSync(dir).some((file) => file === 'got' || file.startsWith('.kloop-cp.')));
  });
}

test('sh: whoever started it has the terminal again, and nothing is left in the guest', async ({ vm, dir }) => {
  const screen = await Screen.open({ ...process.env, ...vm.env, SHELL: '/bin/bash', HOME: '/nonexistent', TERM: 'screen' }, root);
  try {
    screen.type(`sh -c 'echo $$ >${dir}/pid; exec ${process.execPath} ${launch} sh'; stty sane; echo; echo left\n`);
    await screen.until(/root@vm|bash-\d.*[#$] $/m);
    screen.type('sleep 7002\n');
    await until('it sleeps', () => guestHas(vm, 'sleep 7002'));
    await killWhole(Number(readFileSync(join(dir, 'pid'), 'utf8')));
    await screen.until(/^left$/m);
  } finally {
    screen.end();
  }
  await asBefore(vm);
  await until('its job has ended', async () => !(await guestHas(vm, 'sleep 7002')));
});

const withGdb = testIf(findProgram('gdb') !== undefined, test);
for (const [party, signal] of [['kloop', 'SIGKILL'], ['kloop', 'SIGTERM'], ['gdb', 'SIGKILL']] as const) {
  withGdb(`gdb, which waits for a breakpoint in the kernel: ${signal} of ${party} itself`, async ({ vm }) => {
    const { child, ended } = startKloop(['gdb', '--', '-batch', '-ex', 'hbreak ksys_sync', '-ex', 'echo reached\\n', '-ex', 'continue'], { env: vm.env });
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => { said += chunk.toString(); });
    await until('gdb waits', () => said.includes('reached'));
    const members = family(child.pid ?? 0);
    process.kill(party === 'kloop' ? child.pid ?? 0 : members.find((pid) => ofProcess(pid, 'comm') === 'gdb\n') ?? 0, signal);
    await until('both have ended', () => !members.some(runs));
    await ended;
    // Its breakpoint is gone.
    assert.is((await vm.kloop(['exec', '--', 'sync'])).status, 0);
    await asBefore(vm);
  });
}

/** Whoever is in a VM when it is lost. */
const inside = (vm: RunningVm, dir: string) => [['exec', '--', 'sleep', '7003'], ['console', '-f'], ['forward', `${join(dir, 'there')}:7`]].map((args) => startKloop(args, { env: vm.env }));

/** The VM is lost by `lose`: all learn it, nothing is left, and its name is had by the next one. */
async function lost(dir: string, lose: (vm: RunningVm, qemuPid: number) => Promise<void> | void): Promise<Ended> {
  const vm = await startVm(['--', 'sleep', '1000']);
  const others = inside(vm, dir);
  await until('they are in', async () => readdirSync(dir).includes('there') && await guestHas(vm, 'sleep 7003'));
  const [{ qemuPid = 0 } = {}] = JSON.parse((await vm.kloop(['ps', '--json'])).stdout) as { qemuPid: number }[];
  const members = family(vm.pid);
  assert.ok(members.includes(qemuPid));
  await lose(vm, qemuPid);
  const ended = await vm.ended;
  const [exec, console_, forward] = await Promise.all(others.map((one) => one.ended));
  assert.equal([exec?.status, console_?.status, forward?.status], [255, 0, 255]);
  assert.match(exec?.stderr ?? '', /^kloop: VM vm has ended$/m);
  await until('all of it has ended', () => !members.some(runs));
  assert.is((await vm.kloop(['ps', '--json'])).stdout, '[]\n');
  assert.equal(entries(vm), []);
  const next = startKloop(['vm', '--kernel', kernel, '--quiet', '--', 'uname', '-n'], { env: vm.env });
  assert.is((await next.ended).stdout, 'vm\n');
  assert.equal(entries(vm), []);
  await vm.end();
  return ended;
}

test('QEMU', async ({ dir }) => {
  const ended = await lost(dir, (_, qemuPid) => void process.kill(qemuPid, 'SIGKILL'));
  assert.is(ended.status, 255);
  assert.match(ended.stderr, /^kloop: the VM was lost: QEMU was killed from outside \(SIGKILL\)/m);
});

test('the kloop that has it', async ({ dir }) => {
  assert.is((await lost(dir, (vm) => void process.kill(vm.pid, 'SIGKILL'))).status, null);
});

test('the guest\'s init: no signal ends it; where its code is destroyed, the kernel panics', async ({ dir }) => {
  const ended = await lost(dir, async (vm) => {
    assert.is((await vm.kloop(['exec', '--', 'kill', '-KILL', '1'])).status, 0);
    assert.is((await vm.kloop(['exec', '--', 'echo', 'alive'])).stdout, 'alive\n');
    // All of what it runs, so that it stops at the next instruction.
    startKloop(['exec', '--', 'sh', '-c', 'set -- $(grep " r-xp " /proc/1/maps | head -1 | sed "s/[- ].*//; s/^/0x/") $(grep " r-xp " /proc/1/maps | head -1 | sed "s/^[^-]*-/0x/; s/ .*//"); dd if=/dev/zero of=/proc/1/mem bs=4096 seek=$(($1 / 4096)) count=$((($2 - $1) / 4096)) conv=notrunc'], { env: vm.env });
  });
  assert.is(ended.status, 255);
  assert.match(ended.stderr, /^kloop: the VM was lost: its kernel panicked: Attempted to kill init! exitcode=/m);
});

test('every process of the guest but init, by SysRq', async () => {
  const vm = await startVm(['--', 'sleep', '1000']);
  await vm.kloop(['sysrq', 'i']);
  assert.is((await vm.ended).status, 128 + 9);
  assert.equal(entries(vm), []);
  await vm.end();
});

test('watch', async ({ dir }) => {
  const run = mkdtempSync(join(tmpdir(), 'k-'));
  const env = { XDG_RUNTIME_DIR: run };
  const watch = startKloop(['watch', '--kernel', kernel, '--', 'sleep', '1000'], { env });
  const ask = (args: readonly string[]) => startKloop(args, { env }).ended;
  await until('its VM is there', async () => (await ask(['exec', '--', 'true'])).status === 0, 120_000);
  const forward = startKloop(['forward', `${join(dir, 'watched')}:7`], { env });
  const exec = startKloop(['exec', '--', 'sleep', '7004'], { env });
  await until('they are in', async () => readdirSync(dir).includes('watched') && (await ask(['exec', '--', 'pgrep', '-fx', 'sleep 7004'])).stdout !== '');
  await killWhole(watch.child.pid ?? 0);
  assert.equal([(await exec.ended).status, (await forward.ended).status], [255, 255]);
  assert.is((await ask(['ps', '--json'])).stdout, '[]\n');
  assert.equal(readdirSync(join(run, 'kloop')), []);
  rmSync(run, { recursive: true });
});

test.run();
