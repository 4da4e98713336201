import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { asksOf, asksOfSource, qemuVersionOf, vidoArguments, vidoObstacles, type VidoFacts, type VidoRequest } from '../../../tasks/targets/vido/arguments.ts';

const request: VidoRequest = { vido: '/usr/local/bin/vido', kernel: '/r/bzImage', nics: [], memoryBytes: 2 ** 30, command: [] };
const facts: VidoFacts = { asks: asksOf("qcmd += ['-net', 'nic,vlan=%d' % i]; qcmd += ['-watchdog', 'ib700']"), qemu: { major: 2, minor: 12 }, kvmWorks: true };

test("client-setup.md's line", () => {
  assert.is(vidoArguments({ ...request, nics: ['bridge0', 'bridge0'], command: ['sh'] }).join(' '),
    '/usr/local/bin/vido --kvm --kernel /r/bzImage --mem 1024M --bridge bridge0 bridge0 -- sh');
});

test('a NIC of QEMU\'s own, options with lists, a command that looks like options', () => {
  assert.equal(
    vidoArguments({ ...request, nics: ['user'], kernelOptions: ['a=1', 'b'], rwDirs: ['/a b'], gdb: true, runAs: 'joe', command: ['--kvm', '-x y'] }),
    ['/usr/local/bin/vido', '--kvm', '--kernel', '/r/bzImage', '--mem', '1024M', '--net', '--kopts', 'a=1', 'b', '--rw-dirs', '/a b', '--gdb', '--run-as', 'joe', '--', '--kvm', '-x y']);
});

test('bridges need a QEMU before 3.0, unless the clone has learned better', () => {
  const bridged = { nics: ['bridge0'] };
  const with_ = (qemu: VidoFacts['qemu'], asks = facts.asks) => vidoObstacles(bridged, { ...facts, qemu, asks });
  assert.equal(with_({ major: 2, minor: 12 }), []);
  assert.match(with_({ major: 3, minor: 0 }).join(), 'removed in 3.0; this is QEMU 3.0');
  assert.match(with_({ major: 7, minor: 2 }).join(), 'QEMU 7.2');
  assert.equal(with_({ major: 7, minor: 2 }, asksOf("'-netdev', 'bridge'")), []);
  assert.equal(with_(undefined), []);
  assert.equal(vidoObstacles({ nics: ['user'] }, { ...facts, qemu: { major: 7, minor: 2 } }), []);
});

test('KVM, the watchdog and mixed NICs', () => {
  assert.match(vidoObstacles({ nics: [] }, { ...facts, kvmWorks: false }).join(), 'KVM cannot run a guest here');
  assert.match(vidoObstacles({ nics: [], watchdog: true }, { ...facts, qemu: { major: 8, minor: 0 } }).join(), "'-watchdog'");
  assert.match(vidoObstacles({ nics: ['user', 'bridge0'] }, facts).join(), 'not both');
  assert.match(vidoObstacles({ nics: ['user', 'user'] }, facts).join(), 'one NIC');
});

test("what vido asks for is known by its source before it is cloned, where that is client-setup.md's", () => {
  assert.equal(asksOfSource('https://github.com/brenns10/vido'), { vlan: true, watchdog: true });
  assert.ok(asksOfSource('git@github.com:brenns10/vido.git')?.vlan);
  assert.is(asksOfSource('https://github.com/joe/vido'), undefined);
  assert.is(asksOfSource('/home/joe/brenns10/vido-new'), undefined);
});

test("QEMU's version line is read", () => {
  assert.equal(qemuVersionOf('QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)\nCopyright'), { major: 7, minor: 2 });
  assert.equal(qemuVersionOf('QEMU emulator version 10.1.0'), { major: 10, minor: 1 });
  assert.is(qemuVersionOf(''), undefined);
});

test.run();
