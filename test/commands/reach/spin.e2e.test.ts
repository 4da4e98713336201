/** VMs in which something never ends: the first command; the kernel, with its interrupts on and off. What is said of them, and what still reaches them. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../../tasks/host/files.ts';
import { kloop, startKloop } from '../../support/kloop.ts';
import { testIf } from '../../support/skip-unless.ts';
import { workshop } from '../../support/watch-run.ts';
import { startVm, type RunningVm } from './running.ts';
import { PlantedSpinlock, spin, spinner } from './spinlock.ts';

const shop = workshop('spin');
const test = suite('VMs that spin');
if (shop === undefined) console.log('# no shared kernel: run it by `npm test -- reach/spin`');
const it = testIf(shop !== undefined, test);

let planted: PlantedSpinlock | undefined;
test.before(async () => {
  if (shop === undefined) return;
  planted = new PlantedSpinlock(shop.tree);
  const built = await kloop(['kernel', '--no-image', '--quiet'], { env: shop.env as Record<string, string> });
  assert.is(built.status, 0, built.stderr);
});
test.after(() => planted?.remove());

/** A VM for one test, which ends with it. */
const inVm = (args: readonly string[], use: (vm: RunningVm) => Promise<void>) => async () => {
  const vm = await startVm(args, {}, ['--kernel', join(shop?.tree ?? '', 'vmlinux')]);
  await use(vm).finally(() => vm.end());
};

/** What a command that the guest cannot take says by itself, until it is given up. */
async function silence(vm: RunningVm, command: readonly string[]): Promise<string> {
  const waiting = startKloop(command, { env: vm.env });
  const began = performance.now();
  await waiting.says(/gdb -- vm /);
  const seconds = (performance.now() - began) / 1000;
  assert.ok(seconds < 10, `said after ${seconds} s`);
  waiting.child.kill('SIGINT');
  const { status, stderr } = await waiting.ended;
  assert.is(status, 130, stderr);
  return stderr;
}

it('the first command never ends, and takes no signal: others run beside it', inVm(['--', 'sh', '-c', 'trap "" HUP INT TERM; while :; do :; done'], async (vm) => {
  assert.equal(await vm.kloop(['exec', '--', 'echo', 'alive']), { status: 0, stdout: 'alive\n', stderr: '' });
  await vm.kloop(['exec', '--', 'sh', '-c', 'kill -STOP $(pgrep -f "^sh -c trap")']);
  assert.equal(await vm.kloop(['exec', '--', 'echo', 'alive']), { status: 0, stdout: 'alive\n', stderr: '' });
  assert.is((await vm.kloop(['stop'])).status, 0);
}));

it('one CPU of two spins in the kernel, with interrupts on: the other runs commands, and the kernel names the place', inVm(['--cpus', '2', '--', 'sleep', '1000'], async (vm) => {
  await spin(vm, 'on');
  for (let i = 0; i < 3; i++) assert.equal(await vm.kloop(['exec', '--', 'echo', 'alive']), { status: 0, stdout: 'alive\n', stderr: '' });
  assert.match((await vm.kloop(['sysrq', 'l'])).stdout, spinner);
}));

it('the only CPU does: that is said, and the kernel names the place', inVm(['--cpus', '1', '--', 'sleep', '1000'], async (vm) => {
  await spin(vm, 'on');
  assert.match(await silence(vm, ['exec', '--', 'true']), /^kloop: VM vm has not answered for 1 s: .*\nkloop: npm run sysrq -- vm l .*\nkloop: npm run gdb -- vm .*npm run dump/m);
  const { stdout, status } = await vm.kloop(['sysrq', 'l']);
  assert.is(status, 0);
  assert.match(stdout, spinner);
}));

it('with interrupts off: that is said; SysRq says that it gets no answer; gdb names the place, dump has the memory, stop ends it', inVm(['--cpus', '1', '--', 'sleep', '1000'], async (vm) => {
  const dir = mkdtempSync('/var/tmp/kloop-spin-');
  await spin(vm, 'off');
  for (const command of [['exec', '--', 'true'], ['sh']]) await silence(vm, command);
  const key = await vm.kloop(['sysrq', 'l']);
  assert.is(key.status, 125);
  assert.match(key.stderr, /^kloop: SysRq failed in VM vm: the kernel does not take it: its interrupts are off, or it has no CONFIG_MAGIC_SYSRQ_SERIAL\n[^]*npm run gdb -- vm$/m);
  if (findProgram('gdb') !== undefined) assert.match((await vm.kloop(['gdb', '--', '-batch', '-ex', 'bt'])).stdout, new RegExp(`^#\\d+ .* in ${spinner}`, 'm'));
  assert.is((await vm.kloop(['dump', 'vm', join(dir, 'core')])).status, 0);
  assert.ok(statSync(join(dir, 'core')).size > 1 << 20);
  assert.is((await vm.kloop(['stop'])).status, 0);
  assert.is((await vm.ended).status, 255);
  rmSync(dir, { recursive: true });
}));

test.run();
