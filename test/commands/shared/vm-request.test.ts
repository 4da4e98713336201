import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseCall } from '../../../tasks/cli/parse.ts';
import type { Call } from '../../../tasks/cli/spec.ts';
import { vmOptions } from '../../../tasks/commands/shared/vm-options.ts';
import { askedVm, nicRequests } from '../../../tasks/commands/shared/vm-request.ts';
import { settingsIn } from '../../support/little-kernel.ts';

const spec = { name: 'vm', summary: '', guestCommand: 'runs in the guest', options: vmOptions, examples: [] };
const settings = settingsIn('/home/me', { VM_NICS: 'user', VM_NAME: 'mine', VM_MEMORY: '512M', VM_TIMEOUT: '2m' });
const call = (...args: string[]) => parseCall(spec, args) as Call;
const asked = (...args: string[]) => askedVm(call(...args), settings, '/home/me/tests');

test('without options it is what the settings say, and a shell', () => {
  const { name, memoryBytes, timeoutMs, nics, kernel, command, cwd, rwDirs, runAs, ...more } = asked();
  assert.equal({ name, memoryBytes, timeoutMs, nics, kernel, command, cwd, rwDirs, runAs },
    { name: 'mine', memoryBytes: 2 ** 29, timeoutMs: 120_000, nics: ['user'], kernel: undefined, command: undefined, cwd: '/home/me/tests', rwDirs: [], runAs: undefined });
  assert.equal([more.gdb, more.watchdog, more.allowSudo, more.verbose], [false, false, false, false]);
});

test('files and directories are found from the working directory', () => {
  const vm = asked('--kernel', '../vmlinux', '--rw-dirs', 'out', '/abs', '--clear-dirs', '.', '--clear-files', 'a', '--disks', 'd.img');
  assert.is(vm.kernel, '/home/me/vmlinux');
  assert.equal([vm.rwDirs, vm.clearDirs, vm.clearFiles, vm.disks], [['/home/me/tests/out', '/abs'], ['/home/me/tests'], ['/home/me/tests/a'], ['/home/me/tests/d.img']]);
});

test('each option reaches the request, and the words after -- are the command, as they are', () => {
  const vm = asked('--kopts', 'a=1', 'b', '--pass-env', 'A', 'B=2', '--run-as', 'nobody', '--gdb', '--', './t.sh', '--gdb', '..');
  assert.equal([vm.kernelOptions, vm.passEnv, vm.runAs, vm.command], [['a=1', 'b'], ['A', 'B=2'], 'nobody', ['./t.sh', '--gdb', '..']]);
  assert.equal([vm.gdb, vm.watchdog, vm.allowSudo, vm.verbose], [true, false, false, false]);
  assert.equal([asked('--watchdog').watchdog, asked('--allow-sudo').allowSudo, asked('-v').verbose], [true, true, true]);
});

test("NICs in the order of the command line; the setting's where it asks for none", () => {
  assert.equal(nicRequests(call('--net', '--bridge', 'b1', 'b0', '--net'), settings), ['user', 'b1', 'b0', 'user']);
  assert.equal(nicRequests(call('--gdb'), settings), ['user']);
});

test.run();
