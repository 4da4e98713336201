import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checksOf, wouldWork, type Check } from '../../tasks/doctor/checks.ts';
import type { HostFacts } from '../../tasks/doctor/facts.ts';
import { showChecks } from '../../tasks/doctor/show.ts';

/** A host on which all is well. */
const well: HostFacts = {
  node: '20.19.2', distribution: 'Debian GNU/Linux 12 (bookworm)', family: 'debian', root: false,
  needed: { missing: [], total: 23 }, unequipped: [],
  adapters: [{ name: 'enp0s25', wireless: false, carrier: true }],
  repos: { dir: '/home/joe/repos', writable: true, freeBytes: 100 * 2 ** 30 },
  source: { kind: 'fresh', words: 'Linux 5.4.230 in /home/joe/repos/mptcp' }, obtainable: undefined,
  config: { kind: 'fresh', words: '' }, kernel: { kind: 'fresh', words: '' },
  qemu: { program: 'qemu-system-x86_64', version: '7.2.22' }, kvm: 'works', wantedAccel: 'auto',
  runner: 'kloop', vido: { path: '/usr/local/bin/vido', installed: false, obstacles: [] },
  python: { needed: false, words: 'not needed: Python 3.11.2 has the fix' },
  nics: [], bridge: { name: 'bridge0', state: 'absent', faults: [], ports: [] }, bridges: [],
  tun: true, helper: { path: '/usr/lib/qemu/qemu-bridge-helper', privileged: true, allows: true }, bridgeNetfilter: false,
};
const seen = (facts: Partial<HostFacts>): Check[] => checksOf({ ...well, ...facts });
const bad = (facts: Partial<HostFacts>) => seen(facts).filter((check) => check.state === 'bad');
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
  assert.equal(bad(missing).map(({ words, mend }) => [words, mend]), [['missing: flex, bison', 'npm run packages -- --install']]);
  assert.match(bad({ ...missing, family: undefined })[0]?.mend ?? '', /^npm run packages +#/);
  assert.not.ok(wouldWork(seen(missing)));
});

test('KVM that does not work is a note, unless it is insisted on', () => {
  for (const kvm of ['missing', 'permission', 'aborts', 'hangs'] as const) {
    assert.is(bad({ kvm }).length, 0, kvm);
    assert.is(notes({ kvm }).length, 1, kvm);
    assert.is(bad({ kvm, wantedAccel: 'kvm' }).length, 1, kvm);
    assert.equal(notes({ kvm, wantedAccel: 'tcg' }), []);
  }
  assert.match(notes({ kvm: 'permission' })[0]?.mend ?? '', 'usermod -aG kvm');
});

test('QEMU: missing is bad, an old one is slower', () => {
  assert.is(bad({ qemu: { program: 'q', version: undefined } }).length, 1);
  assert.match(notes({ qemu: { program: 'q', version: '4.1.0' } })[0]?.words ?? '', 'no microvm');
  assert.equal(notes({ qemu: { program: 'q', version: '4.2.0' } }), []);
  assert.equal(notes({ qemu: { program: 'q', version: '10.0.0' } }), []);
});

test('a source that is not here yet: from where it will come, and why not from elsewhere', () => {
  const source = { kind: 'stale' as const, words: 'to be chosen' };
  const tried = [{ entry: 'git+https://x/y.git', why: 'Could not resolve host: x' }];
  const found = notes({ source, obtainable: { entry: 'distro:', tried } }).map(({ words }) => words);
  assert.equal(found, ['source: git+https://x/y.git cannot be had: Could not resolve host: x', 'source: not here yet; it will come from distro:']);
  assert.is(bad({ source, obtainable: { entry: undefined, tried } }).length, 1);
});

test('a stale kernel is what `vm` makes; a tree of another architecture is not', () => {
  assert.is(bad({ kernel: { kind: 'stale', words: 'input newer: net/mptcp/pm.c, by 3 s' } }).length, 0);
  const wrong = bad({ source: { kind: 'unknowable', words: '/r is no kernel tree', mend: 'ls /r' } });
  assert.equal(wrong.map(({ words, mend }) => [words, mend]), [['source: /r is no kernel tree', 'ls /r']]);
});

test('Ethernet is for the bridge: Wi-Fi or no cable is a note', () => {
  assert.match(notes({ adapters: [{ name: 'wlan0', wireless: true, carrier: true }] })[0]?.words ?? '', 'only Wi-Fi');
  assert.match(notes({ adapters: [{ name: 'eth0', wireless: false, carrier: false }] })[0]?.words ?? '', 'eth0 without a cable');
  assert.equal(seen({ adapters: undefined }).filter(({ words }) => words.startsWith('Ethernet')), []);
});

test('vido: what stands in its way counts when it is to boot', () => {
  const vido = { path: '/usr/local/bin/vido', installed: true, obstacles: ['QEMU dropped it'] };
  assert.is(bad({ vido }).length, 0);
  assert.is(notes({ vido }).length, 1);
  assert.is(bad({ vido, runner: 'vido' }).length, 1);
  assert.is(notes({ runner: 'vido' })[0]?.mend, 'npm run vido');
});

test('Python: 3.6.0 unpatched leads to the patch; none matters to vido alone', () => {
  assert.is(notes({ python: { needed: true, words: 'Python 3.6.0 has bpo-29208' } })[0]?.mend, 'npm run python');
  assert.is(bad({ python: undefined }).length, 0);
  assert.is(bad({ python: undefined, runner: 'vido' }).length, 1);
});

test('NICs on a bridge need the bridge, a tap device and, without root, the helper', () => {
  const nics = ['bridge0', 'bridge0'];
  assert.is(notes({ nics })[0]?.mend, 'npm run bridge');
  assert.is(bad({ nics: ['br9'] })[0]?.mend, 'BRIDGE_NAME=br9 npm run bridge');
  assert.equal(bad({ nics: ['br9'], bridges: ['br9'] }), []);
  assert.is(bad({ nics, tun: false }).length, 1);
  assert.is(bad({ nics, helper: { ...well.helper, privileged: false } }).length, 1);
  assert.is(bad({ nics, helper: { ...well.helper, path: undefined } }).length, 1);
  assert.equal(bad({ nics, root: true, helper: { path: undefined, privileged: false, allows: false } }), []);
  const ours = { ...well.bridge, state: 'ours' as const, ports: ['enp0s25'] };
  assert.match(bad({ nics, bridge: ours, helper: { ...well.helper, allows: false } })[0]?.mend ?? '', "allow bridge0");
  assert.equal(bad({ tun: false }), [], 'nobody asked for a bridge');
});

test('a disk that is nearly full, a folder that cannot be written', () => {
  const stale = { kernel: { kind: 'stale' as const, words: '' } };
  assert.match(notes({ ...stale, repos: { ...well.repos, freeBytes: 2 ** 30 } })[0]?.words ?? '', '1.0 GiB free');
  assert.is(bad({ repos: { ...well.repos, writable: false } }).length, 0, 'the tree is there');
  assert.is(bad({ repos: { ...well.repos, writable: false }, source: { kind: 'stale', words: '' } }).length, 1);
});

test('a screen: 80 columns, and not more than 24 lines where all is well', () => {
  const everything = seen({ nics: ['bridge0'], kvm: 'aborts', unequipped: ['btf', 'llvm', 'distcc', 'gdb', 'ccache', 'menuconfig'] });
  const lines = showChecks(everything, 80).split('\n');
  for (const line of lines.filter((text) => !text.includes('→'))) assert.ok(line.length <= 80, line);
  assert.ok(showChecks(seen({}), 80).split('\n').length <= 24);
  assert.is(lines.at(-2), '`npm run vm` would work.');
  assert.match(showChecks(seen({ needed: { missing: ['bc'], total: 3 } }), 80), 'would not work: one thing is to be mended');
});

test.run();
