/** The list of VMs: what is known of them, and what only their guests know. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startVm, type RunningVm } from './running.ts';

const test = suite<{ vm: RunningVm }>('ps');
test.before(async (context) => { context.vm = await startVm(['--path', 'lan', '--', 'sleep', '1000']); });
test.after(({ vm }) => vm.end());

test('a VM and its peer: command, memory, NICs with the addresses that they have in the guest', async ({ vm }) => {
  const { stdout, status } = await vm.kloop(['ps']);
  assert.is(status, 0);
  assert.match(stdout, /^NAME +KERNEL +TREE +FOR +MEMORY +NICS +COMMAND$/m);
  assert.match(stdout, /^vm .* 1024M +path:198\.18\.\d+\.\d+ +sleep 1000$/m);
  assert.match(stdout, /^vm-peer .* path\S* +\(peer\)$/m);
});

test('one whose guest does not answer is listed all the same, with what is known', async ({ vm }) => {
  await vm.kloop(['monitor'], '{"execute":"stop"}\n');
  const began = performance.now();
  const { stdout } = await vm.kloop(['ps']);
  assert.match(stdout, /^vm .* path +sleep 1000$/m);
  assert.ok(performance.now() - began < 10_000);
  await vm.kloop(['monitor'], '{"execute":"cont"}\n');
});

test.run();
