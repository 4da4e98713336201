import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { wouldWork } from '../../tasks/doctor/checks.ts';
import type { HostFacts } from '../../tasks/doctor/facts.ts';
import { seen, well } from '../support/fixtures/doctor.ts';

const bad = (facts: Partial<HostFacts>) => seen(facts).filter(({ state }) => state === 'missing' || state === 'wrong');
const notes = (facts: Partial<HostFacts>) => seen(facts).filter((check) => check.state === 'note');

test('on a host where all is well, all is well', () => {
  assert.equal(seen({}).filter((check) => check.state !== 'ok'), []);
  assert.ok(wouldWork(seen({})));
});

test("the order is client-setup.md's", () => {
  assert.equal([...new Set(seen({}).map((check) => check.section))], ['Prerequisites', 'Kernel', 'Virtual machine', 'vido', 'Python', 'Host setup']);
});

test('missing tools: the command installs them, or lists them where packages are not known', () => {
  const missing = { needed: { missing: ['flex', 'bison'], total: 23 } };
  assert.equal(bad(missing).map(({ words, fix }) => [words, fix]), [['packages: missing flex, bison', 'npm run packages -- --install']]);
  assert.match(bad({ ...missing, family: undefined })[0]?.fix ?? '', /^npm run packages +#/);
  assert.not.ok(wouldWork(seen(missing)));
});

test('KVM that does not work is a note, unless it is insisted on', () => {
  for (const verdict of ['missing', 'permission', 'aborts', 'hangs'] as const) {
    const kvm = { ...well.kvm, verdict };
    assert.is(bad({ kvm }).length, 0, verdict);
    assert.is(notes({ kvm }).length, 1, verdict);
    assert.is(bad({ kvm, wantedAccel: 'kvm' }).length, 1, verdict);
    assert.equal(notes({ kvm, wantedAccel: 'tcg' }), []);
    assert.ok(notes({ kvm })[0]?.fix !== undefined, verdict);
  }
});

test('QEMU: missing, or too old, and for what', () => {
  const qemu = (version: string | undefined) => ({ qemu: { program: 'q', version }, kvm: { ...well.kvm, verdict: 'works' as const } });
  assert.is(bad(qemu(undefined))[0]?.state, 'missing');
  assert.match(bad(qemu('4.1.0'))[0]?.words ?? '', "QEMU 4.1.0: too old for sharing the host's file system (multidevs), since 4.2; a microvm");
  assert.is(bad(qemu('4.2.1'))[0]?.fix, 'VM_MACHINE=q35 npm run vm');
  assert.equal(bad({ ...qemu('4.2.1'), wantedMachine: 'q35' }), []);
  assert.match(bad({ ...qemu('4.2.1'), wantedMachine: 'q35', wantedAccel: 'tcg' })[0]?.words ?? '', 'too old for an emulated processor (fsrm=off), since 5.2');
  assert.match(notes(qemu('5.2.0'))[0]?.words ?? '', 'too old for `vm --watchdog`');
  assert.equal(bad({ ...qemu('2.12.0'), runner: 'vido' }), []);
  for (const version of ['6.0.0', '10.0.0']) assert.equal([...notes(qemu(version)), ...bad(qemu(version))], []);
});

test('inotify: few watches are a note, and how to have more', () => {
  assert.match(seen({}).find(({ words }) => words.startsWith('inotify'))?.words ?? '', '192536 watches');
  assert.is(notes({ inotify: { watches: 4096, instances: 128 } })[0]?.fix, 'sudo sysctl fs.inotify.max_user_watches=524288');
  assert.is(notes({ inotify: { watches: 65536, instances: 16 } })[0]?.fix, 'sudo sysctl fs.inotify.max_user_instances=512');
});

test('a source that is not here yet: from where it will come, and why not from elsewhere', () => {
  const source = { kind: 'stale' as const, words: 'to be chosen' };
  const tried = [{ entry: 'git+https://x/y.git', why: 'Could not resolve host: x' }];
  const found = notes({ source, obtainable: { entry: 'distro:', tried } }).map(({ words }) => words);
  assert.equal(found, ['source: git+https://x/y.git is unavailable: Could not resolve host: x', 'source: not downloaded yet; it will come from distro:']);
  assert.is(bad({ source, obtainable: { entry: undefined, tried } }).length, 1);
});

test('a stale kernel is what `vm` makes; a tree of another architecture is not', () => {
  assert.is(bad({ kernel: { kind: 'stale', words: 'input newer: net/mptcp/pm.c, by 3 s' } }).length, 0);
  const wrong = bad({ source: { kind: 'unknowable', words: "/r isn't a kernel tree", fix: 'ls /r' } });
  assert.equal(wrong.map(({ words, fix }) => [words, fix]), [["source: /r isn't a kernel tree", 'ls /r']]);
});

test('ld.lld, where it could link the kernel: a note, and how to ask for it', () => {
  assert.equal(notes({ otherLinker: '14.0.6' }).map(({ fix }) => fix), ['KERNEL_MAKE_ARGS=LD=ld.lld npm run kernel   # once, all of it is built again']);
  assert.match(notes({ otherLinker: '19.1.7' })[0]?.words ?? '', 'links twice');
  assert.not.match(notes({ otherLinker: '14.0.6' })[0]?.words ?? '', 'links twice');
});

test('the uplink and who keeps it; none is a note, one that is not clear is wrong where the bridge is wanted', () => {
  assert.ok(seen({}).some(({ words }) => words === 'Ethernet: enp0s25, managed by NetworkManager'));
  assert.match(notes({ uplink: { kind: 'private', why: 'there is Wi-Fi, but no wired adapter' } })[0]?.words ?? '', 'Wi-Fi, but no wired adapter; the bridge will be private');
  assert.equal(notes({ uplink: { kind: 'private', why: 'BRIDGE_UPLINK=none' } }), []);
  const uplink = { kind: 'unclear' as const, words: 'there are several', fix: 'BRIDGE_UPLINK=eth0 npm run bridge' };
  assert.is(notes({ uplink })[0]?.fix, uplink.fix);
  assert.is(bad({ uplink, nics: ['bridge0'] })[0]?.fix, uplink.fix);
  assert.equal(seen({ uplink: undefined }).filter(({ words }) => words.startsWith('Ethernet')), []);
});

test('vido: what stands in its way counts when it is to boot', () => {
  const vido = { path: '/usr/local/bin/vido', installed: true, obstacles: ['QEMU removed it'] };
  assert.is(bad({ vido }).length, 0);
  assert.is(notes({ vido }).length, 1);
  assert.is(bad({ vido, runner: 'vido' }).length, 1);
  assert.is(notes({ runner: 'vido' })[0]?.fix, 'npm run vido');
});

test('Python: 3.6.0 unpatched leads to the patch; none matters to vido alone', () => {
  assert.is(notes({ python: { needed: true, words: 'Python 3.6.0 has bpo-29208' } })[0]?.fix, 'npm run python');
  assert.is(bad({ python: undefined }).length, 0);
  assert.is(bad({ python: undefined, runner: 'vido' }).length, 1);
});

test('NICs on a bridge need the bridge, a tap device and, without root, the helper', () => {
  const nics = ['bridge0', 'bridge0'];
  assert.is(notes({ nics })[0]?.fix, 'npm run bridge');
  assert.is(bad({ nics: ['br9'] })[0]?.fix, 'BRIDGE_NAME=br9 npm run bridge');
  assert.equal(bad({ nics: ['br9'], bridges: ['br9'] }), []);
  assert.is(bad({ nics, tun: false }).length, 1);
  assert.is(bad({ nics, helper: { ...well.helper, privileged: false } }).length, 1);
  assert.is(bad({ nics, helper: { ...well.helper, path: undefined } }).length, 1);
  assert.equal(bad({ nics, root: true, helper: { path: undefined, privileged: false, acl: { kind: 'refused' } } }), []);
  const ours = { ...well.bridge, state: 'ours' as const, ports: ['enp0s25'] };
  assert.match(bad({ nics, bridge: ours, helper: { ...well.helper, acl: { kind: 'refused' } } })[0]?.fix ?? '', "allow bridge0");
  assert.equal(bad({ nics, bridge: ours, helper: { ...well.helper, acl: { kind: 'unreadable' } } }), [], 'the helper may read what we may not');
  const by = { file: '/etc/qemu/more.conf', text: 'deny bridge0' };
  assert.match(bad({ nics, bridge: ours, helper: { ...well.helper, acl: { kind: 'refused', by } } })[0]?.fix ?? '', 'sudoedit /etc/qemu/more.conf');
  assert.equal(bad({ tun: false }), [], 'nobody asked for a bridge');
  assert.match(notes({ helper: { ...well.helper, privileged: false } })[0]?.fix ?? '', 'chmod u+s');
});

test('a disk that is nearly full, a directory that cannot be written', () => {
  const stale = { kernel: { kind: 'stale' as const, words: '' } };
  const free = (gib: number) => ({ repos: { ...well.repos, freeBytes: gib * 2 ** 30 } });
  assert.match(notes({ ...stale, ...free(1) })[0]?.words ?? '', '1.0 GiB free');
  assert.equal(bad({ ...stale, ...free(1) }), [], 'enough for a build');
  assert.is(bad({ ...stale, ...free(0.3) })[0]?.fix, 'df -h /home/joe/repos');
  assert.match(bad({ ...stale, ...free(1), source: { kind: 'stale', words: '' } })[0]?.words ?? '', 'a tree and its build needs');
  assert.equal([...bad(free(0.1)), ...notes(free(0.1))], [], 'nothing is to be built');
  assert.is(bad({ repos: { ...well.repos, writable: false } }).length, 0, 'the tree is there');
  assert.is(bad({ repos: { ...well.repos, writable: false }, source: { kind: 'stale', words: '' } }).length, 1);
});

test.run();
