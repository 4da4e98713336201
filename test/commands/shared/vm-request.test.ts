import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseCall } from '../../../tasks/cli/parse.ts';
import type { Call } from '../../../tasks/cli/spec.ts';
import { vmOptions } from '../../../tasks/commands/shared/vm-options.ts';
import { askedVm, nicRequests } from '../../../tasks/commands/shared/vm-request.ts';
import { withUserFound } from '../../../tasks/commands/shared/named-user.ts';
import { formatFailure, isFailure } from '../../../tasks/report/failure.ts';
import { settingsIn } from '../../support/little-kernel.ts';

const spec = { name: 'vm', summary: '', guestCommand: 'runs in the guest', options: vmOptions, examples: [] };
const settings = settingsIn('/home/me', { VM_NICS: 'user', VM_NAME: 'mine', VM_MEMORY: '512M', VM_TIMEOUT: '2m' });
const call = (...args: string[]) => parseCall(spec, args) as Call;
const asked = (...args: string[]) => askedVm(call(...args), settings, '/home/me/tests');

test('without options it is what the settings say, and a shell', () => {
  const { name, memoryBytes, timeoutMs, nics, kernel, command, cwd, rwDirs, runAs, ...more } = asked();
  assert.equal({ name, memoryBytes, timeoutMs, nics, kernel, command, cwd, rwDirs, runAs },
    { name: 'mine', memoryBytes: 2 ** 29, timeoutMs: 120_000, nics: ['user'], kernel: undefined, command: undefined, cwd: '/home/me/tests', rwDirs: [], runAs: undefined });
  assert.equal([more.gdb, more.watchdog, more.allowSudo, more.verbose], [undefined, false, false, false]);
});

test('files and directories are found from the working directory', () => {
  const vm = asked('--kernel', '../vmlinux', '--rw-dirs', 'out', '/abs', '--clear-dirs', '.', '--clear-files', 'a', '--disks', 'd.img');
  assert.is(vm.kernel, '/home/me/vmlinux');
  assert.equal([vm.rwDirs, vm.clearDirs, vm.clearFiles, vm.disks], [['/home/me/tests/out', '/abs'], ['/home/me/tests'], ['/home/me/tests/a'], ['/home/me/tests/d.img']]);
});

test('each option reaches the request, and the words after -- are the command, as they are', () => {
  const vm = asked('--kopts', 'a=1', 'b', '--pass-env', 'A', 'B=2', '--run-as', 'nobody', '--gdb', '--', './t.sh', '--gdb', '..');
  assert.is(asked('--gdb-run').gdb, 'runs');
  assert.equal([vm.kernelOptions, vm.passEnv, vm.runAs, vm.command], [['a=1', 'b'], ['A', 'B=2'], 'nobody', ['./t.sh', '--gdb', '..']]);
  assert.equal([vm.gdb, vm.watchdog, vm.allowSudo, vm.verbose, vm.systemd], ['waits', false, false, false, false]);
  assert.equal([asked('--watchdog').watchdog, asked('--allow-sudo').allowSudo, asked('-v').verbose, asked('--systemd').systemd], [true, true, true, true]);
});

test('a disk is a file, or a size with its unit', () => {
  const vm = asked('--disk', '2G', './2G', 'disk.img', '64', '--nvme', '512MiB');
  assert.equal(vm.disks, [2 ** 31, '/home/me/tests/2G', '/home/me/tests/disk.img', '/home/me/tests/64']);
  assert.equal(vm.nvme, [2 ** 29]);
});

test('hardware, ports and a user; without them there are none', () => {
  const vm = asked('--pmem', '1G', '256M', '--numa', '2', '--qemu-arg', '-device edu', '--qemu-arg=-s', '--forward', '8080:80', 'udp:53:53');
  assert.equal([vm.pmemBytes, vm.numaNodes, vm.qemuArgs], [[2 ** 30, 2 ** 28], 2, [['-device', 'edu'], ['-s']]]);
  assert.equal(vm.forwards.map(({ protocol, hostPort }) => [protocol, hostPort]), [['tcp', 8080], ['udp', 53]]);
  const { pmemBytes, numaNodes, qemuArgs, forwards, nvme, user } = asked();
  assert.equal([pmemBytes, numaNodes, qemuArgs, forwards, nvme, user], [[], 1, [], [], [], undefined]);
});

test('a user is found by name, with groups and a shell; one that is not there is refused', () => {
  const found = withUserFound(call('--user', 'root'));
  assert.not.ok(isFailure(found));
  const { user } = askedVm(found as Call, settings, '/');
  assert.equal([user?.uid, user?.gid, user?.home, user?.groups.includes(0)], [0, 0, '/root', true]);
  const refused = withUserFound(call('--user', 'no-such-user'));
  assert.match(isFailure(refused) ? formatFailure(refused) : '', "--user: there is no user 'no-such-user'");
});

test("ports need a NIC on QEMU's own network: it comes with them", () => {
  assert.equal(nicRequests(call('--bridge', 'b0', '--forward', '1:1'), settings), ['b0', 'user']);
  assert.equal(nicRequests(call('--net', '--forward', '1:1'), settings), ['user']);
});

test("NICs in the order of the command line; the setting's where it asks for none", () => {
  assert.equal(nicRequests(call('--net', '--bridge', 'b1', 'b0', '--net'), settings), ['user', 'b1', 'b0', 'user']);
  assert.equal(nicRequests(call('--gdb'), settings), ['user']);
});

test.run();
