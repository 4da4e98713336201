import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { vmsJson, vmTable } from '../../tasks/vms/table.ts';
import { sampleVm } from './sample.ts';

test('a line each', () => {
  const nics = [{ kind: 'user', mac: '52:54:00:12:34:56', address: '10.0.2.15/24' }, { kind: 'tap', mac: '52:54:00:12:34:57' }];
  const long = { ...sampleVm, name: 'vm-2', command: [], tree: undefined, release: undefined, kernel: '/boot/x', nics };
  assert.equal(vmTable([sampleVm, long], { nowMs: 91_000, short: (path) => path.replace('/src/', '') }), [
    'NAME  KERNEL   TREE   FOR         MEMORY  NICS                COMMAND',
    'vm    6.1.0    linux  1 min 30 s   1024M  -                   make check',
    'vm-2  /boot/x  -      1 min 30 s   1024M  user:10.0.2.15 tap  (shell)',
  ]);
});

test('a long command is cut, and stays on its line', () => {
  const [, line = ''] = vmTable([{ ...sampleVm, command: ['sh', '-c', `a\n${'b'.repeat(100)}`] }], { nowMs: 1000, short: (path) => path });
  assert.match(line, /sh -c 'a b+…$/);
});

test("what is kloop's own says whose it is", () => {
  const last = (vm: Partial<typeof sampleVm>) => vmTable([{ ...sampleVm, ...vm }], { nowMs: 1000, short: (path) => path })[1] ?? '';
  assert.match(last({ kloop: ['check', 'net/mptcp'], command: ['true'] }), / {2}\(check net\/mptcp\)$/);
  assert.match(last({ lab: { dir: '/run/x', role: 'peer' } }), / {2}\(peer\)$/);
});

test('JSON has all that is known', () => {
  assert.equal(JSON.parse(vmsJson([sampleVm])), [sampleVm]);
  assert.is(vmsJson([]), '[]\n');
});

test.run();
