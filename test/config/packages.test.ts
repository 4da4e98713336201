import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { distributionOf, featuresFor, hostTools, installCommand, packagesFor, toolsFor, type FeatureSettings } from '../../config/packages.ts';

const settings: FeatureSettings = { kernelSources: ['git+https://github.com/x/y.git', 'distro:'], vmNics: [], kernelFragments: [], kernelMakeArgs: [], ccache: 'auto' };

test('a distribution is known by its ID, a derivative by what it is like', () => {
  const family = (text: string) => distributionOf(text).family;
  assert.is(family('ID=debian\n'), 'debian');
  assert.is(family('NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n'), 'debian');
  assert.is(family("ID='arch'\n"), 'arch');
  assert.is(family('ID=manjaro\nID_LIKE=arch\n'), 'arch');
  assert.is(family('ID=fedora\nVERSION_ID=41\n'), 'fedora');
  assert.is(family('ID=nobara\nID_LIKE=fedora\n'), 'fedora');
});

test("RHEL's kin is like Fedora and yet not served by its names", () => {
  assert.is(distributionOf('ID="rocky"\nID_LIKE="rhel centos fedora"\n').family, undefined);
  assert.is(distributionOf('ID="rhel"\nID_LIKE="fedora"\n').family, undefined);
});

test('an unknown distribution keeps its name', () => {
  assert.equal(distributionOf('PRETTY_NAME="Void \\"rolling\\""\nID=void\n'), { id: 'void', name: 'Void "rolling"', family: undefined });
  assert.is(distributionOf('').name, 'linux');
});

test('settings decide on the features', () => {
  const featuresOf = (asked: FeatureSettings) => featuresFor(asked, {});
  assert.equal([...featuresOf(settings)], ['vm']);
  assert.equal([...featuresOf({ ...settings, vmNics: ['user'] })], ['vm']);
  assert.equal([...featuresOf({ ...settings, vmNics: ['bridge0', 'bridge0'], kernelFragments: ['btf'] })], ['vm', 'bridge', 'btf']);
  assert.equal([...featuresOf({ ...settings, vmRunner: 'vido' })], ['vm', 'vido']);
  assert.equal([...featuresOf({ ...settings, kernelSources: ['https://x/linux-6.1.tar.xz'] })], ['vm', 'download']);
  assert.ok(featuresOf({ ...settings, kernelMakeArgs: ['LLVM=1'] }).has('llvm'));
  assert.ok(featuresOf({ ...settings, kernelMakeArgs: ['LLVM=0'] }).has('llvm'), 'which is as LLVM=1 to Kbuild');
  assert.not.ok(featuresOf({ ...settings, kernelMakeArgs: ['LLVM=1', 'LLVM='] }).has('llvm'));
  assert.ok(featuresOf({ ...settings, kernelMakeArgs: ['CC=distcc gcc'] }).has('distcc'));
  assert.equal([...featuresOf({ ...settings, buildHosts: ['a/4'] })], ['vm', 'distcc']);
  assert.equal([...featuresOf({ ...settings, buildHosts: ['a/4'], buildWith: 'icecc' })], ['vm', 'icecc']);
  assert.equal([...featuresOf({ ...settings, buildWith: 'icecc' })], ['vm']);
});

test('LLVM in the environment asks for its tools too, as it does of make', () => {
  assert.ok(featuresFor(settings, { LLVM: '1' }).has('llvm'));
  assert.not.ok(featuresFor({ ...settings, kernelMakeArgs: ['LLVM='] }, { LLVM: '1' }).has('llvm'));
});

test('a package that brings several tools is named once', () => {
  const tools = toolsFor(new Set(['vm']));
  const packages = packagesFor(tools, 'debian');
  assert.is(packages.filter((name) => name === 'libc6-dev').length, 1);
  assert.is(packages.length, new Set(packages).size);
  assert.ok(installCommand('arch', ['bc', 'flex']).join(' ').endsWith('bc flex'));
});

test("client-setup.md's packages under today's names on Arch", () => {
  const names = packagesFor(hostTools, 'arch');
  for (const name of ['iproute2', 'python', 'qemu-system-x86', 'qemu-common', 'base-devel']) assert.ok(names.includes(name), name);
  for (const gone of ['bridge-utils', 'qemu', 'qemu-arch-extra', 'abs']) assert.not.ok(names.includes(gone), gone);
});

test('no tool is there twice, and each has a package somewhere', () => {
  const names = hostTools.map((tool) => tool.name);
  assert.is(names.length, new Set(names).size);
  for (const tool of hostTools) assert.ok(Object.values(tool.packages).some((name) => name !== undefined), tool.name);
});

test('`packages --all` brings each program that tests run in a guest, or else skip', () => {
  const tests = ['programs.e2e', 'fragments.long'].map((name) => readFileSync(new URL(`../machine/guest/${name}.test.ts`, import.meta.url), 'utf8')).join('\n');
  const wanted = [...tests.matchAll(/withPrograms\(\[([^\]]*)\]/g)].flatMap(([, list = '']) => [...list.matchAll(/'([^']+)'/g)].map(([, name = '']) => name));
  const brought = hostTools.flatMap(({ probe }) => (probe.kind === 'program' ? probe.names : []));
  // dpkg is Debian's own; the others come with mkfs.ext4, setpriv and losetup.
  const others = ['dpkg', 'dpkg-deb', 'debugfs', 'mkswap', 'swapon'];
  assert.ok(wanted.length > 15, wanted.join(' '));
  assert.equal(wanted.filter((name) => !brought.includes(name) && !others.includes(name)), []);
});

test.run();
