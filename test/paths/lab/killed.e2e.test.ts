/** Whoever of a VM with paths is killed: the others end or go on as they should, and nothing is left. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop, startKloop } from '../../support/kloop.ts';
import { until } from '../../support/until.ts';
import { kernel, labPlace } from './lab-place.ts';

const { dir, env } = labPlace(test);

interface Listed {
  readonly qemuPid: number;
  readonly lab?: { readonly role: string };
}

const listed = async () => JSON.parse((await kloop(['ps', '--json'], { cwd: dir, env })).stdout) as Listed[];
const pidOf = async (role: string) => (await listed()).find(({ lab }) => lab?.role === role)?.qemuPid ?? 0;
const lives = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const sockets = () => readdirSync(join(dir, 'run')).filter((name) => name.startsWith('kloop-paths-'));

async function started(command: string) {
  const vm = startKloop(['vm', '--kernel', kernel, '--path', 'sym', '--', 'sh', '-c', `echo begun >&2; ${command}`], { cwd: dir, env });
  await Promise.race([vm.says(/^begun$/m), vm.ended.then(({ stderr }) => { throw new Error(stderr); })]);
  return vm;
}

test('the peer: the VM goes on, and it is said', async () => {
  const vm = await started('while ping -c 1 -W 1 -q peer >/dev/null; do :; done; echo alone');
  assert.match((await kloop(['ps'], { cwd: dir, env })).stdout, /^vm-peer .* \(peer\)$/m);
  process.kill(await pidOf('peer'), 'SIGKILL');
  const { status, stdout, stderr } = await vm.ended;
  assert.equal([status, stdout], [0, 'alone\n'], stderr);
  assert.match(stderr, 'the peer was lost');
  assert.equal(sockets(), []);
});

test("the VM's QEMU: the run is lost, and the peer ends", async () => {
  const vm = await started('sleep 1000');
  const peer = await pidOf('peer');
  process.kill(await pidOf('vm'), 'SIGKILL');
  assert.is((await vm.ended).status, 255);
  assert.not.ok(lives(peer));
  assert.equal(sockets(), []);
});

test('kloop itself: both end, and the next run removes the sockets', async () => {
  const vm = await started('sleep 1000');
  const pids = [await pidOf('peer'), await pidOf('vm')];
  vm.child.kill('SIGKILL');
  await vm.ended;
  await until('both QEMUs to end', () => !pids.some(lives));
  assert.is(sockets().length, 1);
  const next = await kloop(['vm', '--kernel', kernel, '--path', 'sym', '--', 'true'], { cwd: dir, env });
  assert.is(next.status, 0, next.stderr);
  assert.equal(sockets(), []);
});

test.run();
