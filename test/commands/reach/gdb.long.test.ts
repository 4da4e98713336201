/** gdb at a kernel without debug information: one is built that has it, whose code is the same; lines, types, `lx-` commands, modules. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../../tasks/host/files.ts';
import { kloop, startKloop } from '../../support/kloop.ts';
import { isLongRun, testIf } from '../../support/skip-unless.ts';
import { until } from '../../support/until.ts';
import { WatchRun } from '../../support/watch-run.ts';
import { good, modularKernel } from '../../watch/modules/modular-kernel.ts';
import { startVm, type RunningVm } from './running.ts';
import { PlantedSpinlock, spin, spinner, spinningFile } from './spinlock.ts';

const made = isLongRun && findProgram('gdb') !== undefined ? await modularKernel() : undefined;
const test = suite<{ vm: RunningVm; planted: PlantedSpinlock; module: string; dir: string; dump: string }>('gdb, with debug information');
const it = testIf(made !== undefined, test);
const { tree = '', env = {} } = made ?? {};

const ask = (vm: Pick<RunningVm, 'env'>, commands: readonly string[]) => kloop(['gdb', '--debug-info', '--', '-batch', ...commands.flatMap((command) => ['-ex', command])], { env: { ...env, ...vm.env } });

test.before(async (context) => {
  if (made === undefined) return;
  context.dir = mkdtempSync('/var/tmp/kloop-gdb-');
  context.dump = join(context.dir, 'dump');
  context.planted = new PlantedSpinlock(tree);
  good(await kloop(['kernel', '--no-image'], { env }));
  context.vm = await startVm(['--cpus', '1', '--', 'sleep', '100000'], env, []);
  good(await context.vm.kloop(['exec', '--', 'modprobe', 'dummy']));
  context.module = (await context.vm.kloop(['exec', '--', 'grep', ' dummy_setup', '/proc/kallsyms'])).stdout.split(' ')[0] ?? '';
  // Built before there is a VM that takes a processor for itself.
  good(await ask(context.vm, ['bt 1']));
  await spin(context.vm, 'off');
});
test.after(async ({ vm, planted, dir }) => {
  if (made === undefined) return;
  planted.remove();
  rmSync(dir, { recursive: true });
  await vm.end();
});

it('where the kernel holds a spinlock that it takes: function and line, types, lx- commands, a module at its address', async ({ vm, planted, module }) => {
  const before = statSync(join(tree, 'vmlinux')).mtimeMs;
  const { stdout, stderr, status } = await ask(vm, ['bt', 'p sizeof(struct task_struct) > 1000', 'p $lx_current().comm', 'lx-dmesg', 'info symbol dummy_setup', 'info address dummy_setup']);
  assert.is(status, 0, stderr);
  assert.match(stdout, new RegExp(`^#\\d+ .*${spinner} \\(.*\\) at (?:\\S*/)?${spinningFile}:${planted.line}$`, 'm'));
  assert.match(stdout, /^\$1 = 1$/m);
  assert.match(stdout, /^\$2 = "sh(?:\\000|",)/m, stdout);
  assert.match(stdout, /kloop test: spins/);
  assert.match(stdout, /^dummy_setup in section \.text of .*dummy\.ko$/m);
  assert.match(stdout, module);
  assert.is(statSync(join(tree, 'vmlinux')).mtimeMs, before);
});

it('it is built once for each kernel; what make knows of the tree is as before', async ({ vm }) => {
  const again = await ask(vm, ['bt 1']);
  assert.is(again.status, 0, again.stderr);
  assert.not.match(again.stderr, 'once more');
  const plan = JSON.parse((await kloop(['plan', 'kernel', '--json'], { env })).stdout) as { target: string; freshness: string }[];
  assert.is(plan.find(({ target }) => target === 'kernel')?.freshness, 'fresh');
});

/** Where `--debug-info` has left a kernel of this tree. */
function debugKernel(): string {
  const builds = join(env['STATE_DIR'] ?? '', 'builds');
  return readdirSync(builds).map((name) => join(builds, name, 'debug-info/vmlinux')).find((path) => existsSync(path)) ?? '';
}

it('a dump of its memory, and the line that opens it', async ({ vm, dump }) => {
  const dumped = good(await kloop(['dump', '--debug-info', env['VM_NAME'] ?? '', dump], { env: { ...env, ...vm.env } }));
  assert.ok(dumped.stderr.includes(`\nkloop: crash ${debugKernel()} ${dump}\n`), dumped.stderr);
});

const itIf = (program: string) => testIf(made !== undefined && findProgram(program) !== undefined, test);

itIf('crash')('the dump in crash: what the kernel has said, and where the CPU is that spins', ({ dump }) => {
  const crash = spawnSync('crash', ['-s', debugKernel(), dump], { input: 'log\nbt -a\nquit\n', encoding: 'utf8' });
  assert.match(crash.stdout, /kloop test: spins/, crash.stderr);
  assert.match(crash.stdout, new RegExp(`^PID: \\d+ .*COMMAND: "sh"$[^]*^ #\\d+ \\[\\w+\\] ${spinner}\\S* at`, 'm'), crash.stdout + crash.stderr);
});

itIf('drgn')('the dump in drgn: the task that runs, and where one is that sleeps', ({ dump }) => {
  const script = `${dump}.py`;
  writeFileSync(script, 'from drgn.helpers.linux.percpu import per_cpu\nfrom drgn.helpers.linux.pid import find_task\nprint(per_cpu(prog["runqueues"], 0).curr.comm.string_().decode(), "poll" in str(prog.stack_trace(find_task(prog, 1))))\n');
  const drgn = spawnSync('drgn', ['-q', '-c', dump, '-s', debugKernel(), script], { encoding: 'utf8' });
  assert.is(drgn.stdout, 'sh True\n', drgn.stderr);
});

itIf('drgn')('its memory as it is now, in drgn', async ({ vm, dump }) => {
  const drgn = await kloop(['drgn', '--debug-info', '--', '-q', `${dump}.py`], { env: { ...env, ...vm.env } });
  assert.is(drgn.stdout, 'sh True\n', drgn.stderr);
});

itIf('crash')('what VM_CORE keeps of a panic, in crash: the task that panicked, and what the kernel has said', async () => {
  const evidence = join(env['STATE_DIR'] ?? '', 'evidence');
  rmSync(evidence, { recursive: true, force: true });
  const lost = await kloop(['vm', '--quiet', '--', 'sh', '-c', 'echo c >/proc/sysrq-trigger'], { env: { ...env, VM_CORE: 'on' } });
  assert.is(lost.status, 255, lost.stderr);
  const [kept = ''] = readdirSync(evidence);
  const crash = spawnSync('crash', ['-s', debugKernel(), join(evidence, kept, 'core')], { input: 'bt\nlog\nquit\n', encoding: 'utf8' });
  assert.match(crash.stdout, /^PID: \d+ .*COMMAND: "sh"$/m, crash.stderr);
  assert.match(crash.stdout, /^ #\d+ \[\w+\] sysrq_handle_crash at/m);
  assert.match(crash.stdout, /Kernel panic - not syncing: sysrq triggered crash/);
  rmSync(evidence, { recursive: true });
});

it('a breakpoint in a module that is not loaded yet', async () => {
  const vm = await startVm(['--', 'sleep', '100000'], env, []);
  try {
    const gdb = startKloop(['gdb', '--debug-info', '--', '-batch', '-ex', 'break dummy_setup', '-ex', 'continue', '-ex', 'bt 2'], { env: { ...env, ...vm.env } });
    let said = '';
    gdb.child.stdout?.on('data', (chunk: Buffer) => { said += chunk.toString(); });
    await until('gdb waits for the module', () => said.includes('Breakpoint 1 (dummy_setup) pending.'));
    // The guest stands still until gdb lets it go on.
    good(await vm.kloop(['exec', '--', 'modprobe', 'dummy', 'numdummies=1']));
    const { stdout, stderr, status } = await gdb.ended;
    assert.is(status, 0, stderr);
    assert.match(stdout, /^(Thread \d+ hit )?Breakpoint 1, .* in dummy_setup \(/m);
    assert.match(stdout, /^#1 .* in alloc_netdev_mqs \(.*\) at .*net\/core\/dev\.c:\d+$/m);
  } finally {
    await vm.end();
  }
});

it('under watch, which keeps its kernel elsewhere: lines, lx- commands and modules as well', async ({ dir }) => {
  const run = join(dir, 'run');
  mkdirSync(run, { mode: 0o700 });
  const watch = new WatchRun({ dir, env: { ...process.env, ...env, XDG_RUNTIME_DIR: run } }, ['--', 'sleep', '100000']);
  try {
    await until('its VM is there', async () => (await kloop(['exec', '--', 'modprobe', 'dummy'], { env: { ...env, XDG_RUNTIME_DIR: run } })).status === 0, 120_000);
    const { stdout, stderr, status } = await ask({ env: { XDG_RUNTIME_DIR: run } }, ['bt', 'lx-lsmod', 'info symbol dummy_setup']);
    assert.is(status, 0, stderr);
    assert.not.match(stderr, 'once more');
    assert.match(stdout, /^#1 .* at \S+\.c:\d+$/m);
    assert.match(stdout, /^0x\w+ +dummy /m);
    assert.match(stdout, /^dummy_setup in section \.text of .*dummy\.ko$/m);
  } finally {
    await watch.stop();
  }
});

it('sources that make another kernel are refused', async ({ vm, planted }) => {
  planted.remove();
  const builds = join(env['STATE_DIR'] ?? '', 'builds');
  for (const name of readdirSync(builds)) rmSync(join(builds, name, 'debug-info'), { recursive: true, force: true });
  const { status, stderr } = await ask(vm, ['bt 1']);
  assert.is(status, 125);
  assert.match(stderr, 'builds the kernel once more');
  assert.match(stderr, /^kloop: built with debug information, the kernel is another than the one that was booted\n {2}\.text: \d+ and \d+ bytes$/m);
});

test.run();
