/** Commands and shells in a VM that another kloop has. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../../support/kloop.ts';
import { Screen } from '../../support/screen.ts';
import { until } from '../../support/until.ts';
import { startVm, type RunningVm } from './running.ts';

const test = suite<{ vm: RunningVm }>('exec');
test.before(async (context) => { context.vm = await startVm(['--', 'sleep', '1000']); });
test.after(({ vm }) => vm.end());

const launch = join(root, 'tasks', 'launch.cjs');
const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
/** A program that nothing else in the guest runs. */
const sleepers = async (vm: RunningVm, seconds: string) => (await vm.kloop(['exec', '--', 'pgrep', '-fx', `sleep ${seconds}`])).stdout;

test('each stream is its own, stdin ends, the status is the command\'s', async ({ vm }) => {
  const ended = await vm.kloop(['exec', 'vm', '--', 'sh', '-c', 'cat; echo wrong >&2; exit 7'], 'typed\n');
  assert.equal(ended, { status: 7, stdout: 'typed\n', stderr: 'wrong\n' });
  assert.is((await vm.kloop(['exec', '--', 'sh', '-c', 'kill -TERM $$'])).status, 128 + 15);
});

test('bytes come as they are, both ways', ({ vm }) => {
  const bytes = randomBytes(4 << 20);
  const there = spawnSync(process.execPath, [launch, 'exec', '--', 'sha256sum'], { cwd: root, env: { ...process.env, ...vm.env }, input: bytes });
  assert.is(there.stdout.toString(), `${hash(bytes)}  -\n`, there.stderr.toString());
  const back = spawnSync(process.execPath, [launch, 'exec', '--', 'cat'], { cwd: root, env: { ...process.env, ...vm.env }, input: bytes, maxBuffer: 8 << 20 });
  assert.is(hash(back.stdout), hash(bytes));
});

test('it runs where the person is, with what it is given of the environment', async ({ vm }) => {
  const ended = await vm.kloop(['exec', '--pass-env', 'MINE=yes', '--', 'sh', '-c', 'pwd; echo $MINE']);
  assert.is(ended.stdout, `${root}\nyes\n`);
  assert.is((await vm.kloop(['exec', '--user', 'nobody', '--', 'id', '-un'])).stdout, 'nobody\n');
});

test('twenty at once: the output of each is whole', async ({ vm }) => {
  const all = await Promise.all(Array.from({ length: 20 }, (_, i) => vm.kloop(['exec', '--', 'seq', String(i), String(i + 5000)])));
  all.forEach(({ stdout, status }, i) => {
    assert.is(status, 0);
    assert.is(stdout, Array.from({ length: 5001 }, (_, line) => `${line + i}\n`).join(''));
  });
});

test('a reader that leaves ends the command, as in a pipe of the host\'s', async ({ vm }) => {
  const ended = spawnSync('sh', ['-c', `"$0" "$1" exec -- yes | head -1`, process.execPath, launch], { cwd: root, env: { ...process.env, ...vm.env }, encoding: 'utf8' });
  assert.is(ended.stdout, 'y\n', ended.stderr);
  await until('yes has ended', async () => (await vm.kloop(['exec', '--', 'pgrep', '-x', 'yes'])).stdout === '');
});

for (const signal of ['SIGKILL', 'SIGINT'] as const) {
  test(`${signal} to its kloop ends the command`, async ({ vm }) => {
    const seconds = signal === 'SIGKILL' ? '7001' : '7002';
    const child = spawn(process.execPath, [launch, 'exec', '--', 'sleep', seconds], { cwd: root, env: { ...process.env, ...vm.env }, stdio: 'ignore' });
    const status = new Promise((resolve) => child.on('exit', resolve));
    await until('it runs', async () => (await sleepers(vm, seconds)) !== '');
    child.kill(signal);
    assert.is(await status, signal === 'SIGKILL' ? null : 130);
    await until('it has ended', async () => (await sleepers(vm, seconds)) === '');
  });
}

test('a shell is a real terminal: its size, Ctrl-C, jobs; beside another one', async ({ vm }) => {
  const env = { ...process.env, ...vm.env, SHELL: '/bin/bash', HOME: '/nonexistent', TERM: 'screen' };
  const [screen, other] = await Promise.all([Screen.open(env, root), Screen.open(env, root)]);
  try {
    for (const one of [screen, other]) {
      one.type(`${process.execPath} ${launch} sh; echo left with $?\n`);
      await one.until(/root@vm|bash-\d.*[#$] $/m);
    }
    screen.type('stty size; tty\n');
    const [, tty = ''] = /^30 100\n(\/dev\/pts\/\d+)$/m.exec(await screen.until(/^30 100\n\/dev\/pts/m)) ?? [];
    other.type('tty\n');
    assert.not.match(await other.until(/^\/dev\/pts/m), new RegExp(`^${tty}$`, 'm'));
    screen.resize(90, 20);
    screen.type('until [ "$(stty size)" = "20 90" ]; do :; done; echo resized to $(stty size)\n');
    await screen.until(/^resized to 20 90$/m);
    screen.type("sh -c 'echo ready; exec cat'\n");
    await screen.until(/^ready$/m);
    screen.type('is read\n');
    await screen.until(/^is read\nis read$/m);
    screen.press('C-c');
    await screen.until(/\^C\n\S+[#$]$/);
    screen.type('echo after $?\n');
    await screen.until(/^after 130$/m);
    screen.type("sh -c 'echo asleep; exec sleep 500'\n");
    await screen.until(/^asleep$/m);
    screen.press('C-z');
    await screen.until(/Stopped +sh -c/);
    // fg waits for its end, also where the shell has not noticed yet that it goes on.
    screen.type('kill %1; fg; exit 5\n');
    await screen.until(/^left with 5$/m);
  } finally {
    screen.end();
    other.end();
  }
  // The other one's terminal is gone, and with it its shell.
  await until('no shell is left', async () => (await vm.kloop(['exec', '--', 'pgrep', '-x', 'bash'])).stdout === '');
});

test('what cannot be is told, with what helps', async ({ vm }) => {
  const failed = async (...args: string[]) => {
    const { status, stderr } = await vm.kloop(args);
    return [status, stderr.split('\n')[0]];
  };
  assert.equal(await failed('exec'), [125, "kloop: exec needs a command after '--'"]);
  assert.equal(await failed('exec', 'ls'), [125, "kloop: exec needs a command after '--'"]);
  assert.equal(await failed('exec', 'wm', '--', 'ls'), [125, "kloop: no VM 'wm' runs. Did you mean vm?"]);
  assert.equal(await failed('exec', '--', 'no-such-program'), [127, 'kloop: cannot run no-such-program: not found on PATH in the guest']);
  assert.equal(await failed('exec', '--user', 'no-such-user', '--', 'ls'), [125, "kloop: --user: there is no user 'no-such-user'"]);
  assert.equal(await failed('sh', '../../tmp'), [125, "kloop: no VM '../../tmp' runs"]);
});

test('nobody else can reach it, or read its console', async ({ vm }) => {
  const [{ console: log = '' } = {}] = JSON.parse((await vm.kloop(['ps', '--json'])).stdout) as { console: string }[];
  assert.is(statSync(log).mode & 0o777, 0o600);
  if (process.getuid?.() !== 0) return;
  const tried = spawnSync('setpriv', ['--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups', process.execPath, '-e',
    `require('node:net').connect(${JSON.stringify(join(vm.env.XDG_RUNTIME_DIR, 'kloop/vm/socket'))}).on('error', (error) => console.log(error.code)).on('connect', () => console.log('in'))`], { encoding: 'utf8' });
  assert.is(tried.stdout, 'EACCES\n', tried.stderr);
});

test('a kloop that has the VM and is stopped is named', async ({ vm }) => {
  process.kill(vm.pid, 'SIGSTOP');
  const ended = await vm.kloop(['stop']);
  process.kill(vm.pid, 'SIGCONT');
  assert.is(ended.status, 125);
  assert.match(ended.stderr, new RegExp(`^kloop: the kloop that has VM vm does not answer\n.*${vm.pid}`));
});

test('stop ends it: whoever is in it learns that, and nothing is left', async () => {
  const vm = await startVm(['--', 'sleep', '1000']);
  const inside = vm.kloop(['exec', '--', 'sh', '-c', 'echo in; sleep 1000']);
  await until('it is in', async () => (await vm.kloop(['exec', '--', 'pgrep', '-fx', 'sleep 1000'])).stdout.trim().split('\n').length === 2);
  assert.equal(await vm.kloop(['stop']), { status: 0, stdout: '', stderr: '' });
  const [first, second] = await Promise.all([vm.ended, inside]);
  assert.is(first.status, 255);
  assert.match(first.stderr, /^kloop: the VM was stopped by kloop stop \(pid \d+\)$/m);
  assert.is(second.status, 255);
  assert.is(second.stdout, 'in\n');
  assert.match(second.stderr, /^kloop: VM vm has ended$/m);
  assert.equal(readdirSync(join(vm.env.XDG_RUNTIME_DIR, 'kloop')), []);
  await vm.end();
});

test('after SIGKILL of the kloop that has it, its QEMU is gone, and whoever looks removes its entry', async () => {
  const vm = await startVm(['--', 'sleep', '1000']);
  const [{ qemuPid = 0 } = {}] = JSON.parse((await vm.kloop(['ps', '--json'])).stdout) as { qemuPid: number }[];
  const inside = vm.kloop(['exec', '--', 'sleep', '1000']);
  await until('it is in', async () => (await vm.kloop(['exec', '--', 'pgrep', '-fx', 'sleep 1000'])).stdout.trim().split('\n').length === 2);
  process.kill(vm.pid, 'SIGKILL');
  assert.is((await inside).status, 255);
  await until('QEMU has ended', () => !existsSync(`/proc/${qemuPid}`));
  assert.is((await vm.kloop(['ps', '--json'])).stdout, '[]\n');
  assert.equal(readdirSync(join(vm.env.XDG_RUNTIME_DIR, 'kloop')), []);
  await vm.end();
});

test.run();
