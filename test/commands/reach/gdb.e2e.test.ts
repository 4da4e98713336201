/** A debugger at the kernel of a VM that another kloop has, and that VM's memory. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../../tasks/host/files.ts';
import { root } from '../../support/kloop.ts';
import { testIf } from '../../support/skip-unless.ts';
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
  const child = spawn(process.execPath, [join(root, 'tasks/launch.cjs'), 'gdb', '--', '-batch', '-ex', 'break ksys_write', '-ex', 'echo set\\n', '-ex', 'continue'], { cwd: root, env: { ...process.env, ...vm.env }, stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise<void>((resolve) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (/^set$/m.test(text)) resolve();
    });
  });
  const hit = vm.kloop(['exec', '--', 'echo', 'alive']);
  child.kill('SIGKILL');
  assert.is((await hit).stdout, 'alive\n');
  assert.is((await vm.kloop(['exec', '--', 'echo', 'again'])).stdout, 'again\n');
  assert.equal(readdirSync(join(vm.env.XDG_RUNTIME_DIR, 'kloop/vm')).sort(), ['socket', 'vm.json']);
});

test('the memory as a file, from a guest that goes on', async ({ vm, dir }) => {
  const file = join(dir, 'vm.kdump');
  const ended = await vm.kloop(['dump', 'vm', file]);
  assert.is(ended.status, 0, ended.stderr);
  assert.is(ended.stdout, `${file}\n`);
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
