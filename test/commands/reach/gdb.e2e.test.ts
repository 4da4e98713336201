/** A debugger at the kernel of a VM that another kloop has, and that VM's memory. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../../tasks/host/files.ts';
import { kloop, root, startKloop } from '../../support/kloop.ts';
import { Screen } from '../../support/screen.ts';
import { testIf } from '../../support/skip-unless.ts';
import { until } from '../../support/until.ts';
import { startVm, type RunningVm } from './running.ts';

const test = suite<{ vm: RunningVm; dir: string }>('gdb');
test.before(async (context) => {
  context.vm = await startVm(['--', 'sleep', '1000']);
  context.dir = mkdtempSync('/var/tmp/kloop-gdb-');
});
test.after(async ({ vm, dir }) => {
  rmSync(dir, { recursive: true });
  await vm.end();
});
const launch = join(root, 'tasks/launch.cjs');
const withGdb = testIf(findProgram('gdb') !== undefined, test);

withGdb('attaches when it is too late for --gdb, and the guest goes on', async ({ vm }) => {
  const ended = await vm.kloop(['gdb', '--', '-batch', '-ex', 'bt', '-ex', 'show breakpoint pending']);
  assert.is(ended.status, 0, ended.stderr);
  assert.match(ended.stdout, /^#\d+ .* in start_kernel \(/m);
  assert.match(ended.stdout, /is on\./);
  assert.equal(await vm.kloop(['exec', '--', 'echo', 'alive']), { status: 0, stdout: 'alive\n', stderr: '' });
});

withGdb('killed with a breakpoint in the kernel, it leaves a guest that runs', async ({ vm }) => {
  // Its last command is begun when the breakpoint is in.
  const child = spawn(process.execPath, [launch, 'gdb', '--', '-batch', '-ex', 'break __x64_sys_execve', '-ex', 'echo set\\n', '-ex', 'continue'], { cwd: root, env: { ...process.env, ...vm.env }, stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise<void>((resolve) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (/^set$/m.test(text)) resolve();
    });
  });
  const second = await vm.kloop(['gdb', '--', '-batch']);
  assert.is(second.status, 125);
  assert.match(second.stderr, /^kloop: opening a port for gdb failed in VM vm: another kloop gdb has it$/m);
  const hit = vm.kloop(['exec', '--', 'echo', 'alive']);
  child.kill('SIGKILL');
  assert.is((await hit).stdout, 'alive\n');
  assert.is((await vm.kloop(['exec', '--', 'echo', 'again'])).stdout, 'again\n');
  assert.equal(readdirSync(join(vm.env.XDG_RUNTIME_DIR, 'kloop/vm')).sort(), ['socket', 'vm.json']);
});

withGdb('a command for a guest that stands still for gdb says so, and runs when gdb has left it', async ({ vm }) => {
  const gdb = spawn(process.execPath, [launch, 'gdb'], { cwd: root, env: { ...process.env, ...vm.env }, stdio: ['pipe', 'pipe', 'ignore'] });
  await new Promise<void>((resolve) => {
    let text = '';
    gdb.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (/^Remote debugging using /m.test(text)) resolve();
    });
  });
  const waiting = startKloop(['exec', '--', 'echo', 'alive'], { env: vm.env });
  await waiting.says(/^kloop: VM vm stands still: a debugger has it.*npm run monitor -- vm -- cont/m);
  gdb.stdin.end('detach\nquit\n');
  const { status, stdout } = await waiting.ended;
  assert.equal([status, stdout], [0, 'alive\n']);
});

withGdb('vm --gdb-run boots, and gdb attaches by the line that it says', async () => {
  const running = startKloop(['vm', '--kernel', process.env['KLOOP_TEST_KERNEL'] ?? '', '--gdb-run', '--', 'sleep', '1000']);
  let said = '';
  running.child.stderr?.on('data', (chunk: Buffer) => { said += chunk.toString(); });
  await running.says(/a debugger attaches by: .*\n/);
  const line = /a debugger attaches by: (.*)\n/.exec(said)?.[1] ?? '';
  const gdb = spawnSync('sh', ['-c', `${line} -batch -ex bt`], { encoding: 'utf8' });
  assert.match(gdb.stdout, /^#0 /m, `${line}\n${gdb.stderr}`);
  running.child.kill('SIGTERM');
  assert.is((await running.ended).status, 143);
});

withGdb('under watch it is told when the VM goes, and goes on with the next one: its breakpoints, too', async () => {
  const run = mkdtempSync(join(tmpdir(), 'k-'));
  const env = { ...process.env, KLOOP_ENV_FILE: '', XDG_RUNTIME_DIR: run, HOME: '/nonexistent', TERM: 'screen' };
  const ask = (args: readonly string[]) => kloop(args, { env: { XDG_RUNTIME_DIR: run } });
  const [watch, debug] = await Promise.all([Screen.open(env, root), Screen.open(env, root)]);
  try {
    watch.type(`${process.execPath} ${launch} watch --kernel ${process.env['KLOOP_TEST_KERNEL'] ?? ''} -- sleep 1000\n`);
    await until('its VM is there', async () => (await ask(['exec', '--', 'true'])).status === 0, 120_000);
    debug.type(`${process.execPath} ${launch} gdb\n`);
    await debug.until(/^\(gdb\)$/m);
    debug.type('break ksys_sync\n');
    await debug.until(/^Breakpoint 1 at /m);
    debug.type('continue\n');
    await debug.until(/^Continuing\.$/m);
    watch.press('r');
    await debug.until(/VM \S+ has ended; its watch's next one is attached to when it boots/);
    await debug.until(/Continuing\.[^]*Continuing\.$/m);
    const synced = ask(['exec', '--', 'sync']);
    await debug.until(/^(Thread \d+ hit )?Breakpoint 1, .* ksys_sync \(/m);
    debug.type('detach\nquit\n');
    await debug.until(/^[#$] *$/m);
    assert.is((await synced).status, 0);
    assert.equal(readdirSync(join(run, 'kloop'), { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('gdb')), []);
  } finally {
    watch.press('q');
    await until('watch has ended', () => readdirSync(join(run, 'kloop')).length === 0);
    watch.end();
    debug.end();
    rmSync(run, { recursive: true });
  }
});

test('the memory as a file, from a guest that goes on', async ({ vm, dir }) => {
  const file = join(dir, 'vm.kdump');
  const ended = await vm.kloop(['dump', 'vm', file]);
  assert.is(ended.status, 0, ended.stderr);
  assert.is(ended.stdout, `${file}\n`);
  assert.match(ended.stderr, /^kloop: crash and drgn need debug information, .*; npm run dump -- --debug-info builds it$/m);
  const head = Buffer.alloc(12);
  readSync(openSync(file, 'r'), head, 0, head.length, 0);
  assert.is(head.toString('latin1', 0, 8), 'KDUMP   ');
  assert.is((await vm.kloop(['exec', '--', 'echo', 'alive'])).stdout, 'alive\n');
  assert.match((await vm.kloop(['dump', 'vm', file])).stderr, /is there already/);
  const elsewhere = await vm.kloop(['dump', 'vm', join(dir, 'no/such')]);
  assert.is(elsewhere.status, 125);
  assert.match(elsewhere.stderr, /keeping the dump failed: .*no such file or directory/);
  assert.not.ok(existsSync(`${file}.part`));
});

test.run();
