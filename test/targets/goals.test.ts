import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isFailure } from '../../tasks/report/failure.ts';
import { bootedKernel, bringUpVm, findsMicrovm, vmGoals, whyNoPvh } from '../../tasks/targets/goals.ts';
import { littleTree, settingsIn, write } from '../support/little-kernel.ts';

const test = suite<{ dir: string }>('goals');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const makefile = (version: string) => version.split('.').map((number, i) => `${['VERSION', 'PATCHLEVEL', 'SUBLEVEL'][i] ?? ''} = ${number}\n`).join('');

test('a vmlinux is booted from 5.0 on, where it has a PVH entry', () => {
  assert.is(whyNoPvh(makefile('5.0'), 'CONFIG_PVH=y\n'), undefined);
  assert.is(whyNoPvh(makefile('6.1.7'), undefined), undefined, 'kernel.config will ask for it');
  assert.is(whyNoPvh(makefile('6.1.7'), '# CONFIG_PVH is not set\nCONFIG_XEN_PVH=y\n'), 'CONFIG_PVH is off: this vmlinux cannot be booted directly');
  assert.is(whyNoPvh(makefile('4.19.80'), undefined), 'Linux 4.19.80: before 5.0 a vmlinux cannot be booted directly');
  assert.is(whyNoPvh(makefile('4.20.1'), 'CONFIG_XEN_PVH=y\n'), 'Linux 4.20.1: before 5.0 a vmlinux cannot be booted directly');
});

test('a kernel that does not read its devices from the command line needs PCI', () => {
  assert.ok(findsMicrovm(undefined), 'kernel.config will ask for it');
  assert.ok(findsMicrovm('CONFIG_VIRTIO_MMIO=y\nCONFIG_VIRTIO_MMIO_CMDLINE_DEVICES=y\n'));
  assert.not(findsMicrovm('CONFIG_VIRTIO_MMIO=y\n# CONFIG_VIRTIO_MMIO_CMDLINE_DEVICES is not set\n'));
  assert.not(findsMicrovm('CONFIG_VIRTIO_PCI=y\n'));
});

test("the targets of a VM, and the kernel that it boots, by the tree's version and .config", ({ dir }) => {
  const tree = littleTree(join(dir, 'linux'), '6.1');
  const settings = settingsIn(dir, { KERNEL_SOURCES: `dir:${tree}` });
  assert.equal(vmGoals(settings), ['kernel', 'guest']);
  assert.equal(bootedKernel(settings), { path: join(tree, 'vmlinux'), why: undefined, findsMicrovm: true });
  write(join(tree, '.config'), 'CONFIG_64BIT=y\n');
  assert.equal(vmGoals(settings, { bridge: true }), ['kernel', 'image', 'guest', 'bridge']);
  const booted = bootedKernel(settings);
  assert.ok(!isFailure(booted) && booted.path === join(tree, 'arch/x86/boot/bzImage'));
  assert.equal(vmGoals(settings, { ownKernel: true }), ['packages', 'guest']);
  assert.equal(vmGoals(settingsIn(dir, { KERNEL_SOURCES: 'distro:' })), ['kernel', 'guest'], 'nothing chosen yet');
});

test('what the configuration asks for more follows, and is said before it is built', async ({ dir }) => {
  const tree = littleTree(join(dir, 'linux'), '6.1');
  const settings = settingsIn(dir, { KERNEL_SOURCES: `dir:${tree}` });
  const happened: string[] = [];
  const bringUp = (goals: readonly string[]) => {
    happened.push(goals.join(' '));
    write(join(tree, '.config'), 'CONFIG_64BIT=y\n');
    return Promise.resolve({ made: new Set(goals) });
  };
  const ran = await bringUpVm(settings, { needs: {}, say: (line) => happened.push(line), bringUp });
  assert.equal(happened, ['kernel guest', 'CONFIG_PVH is off: this vmlinux cannot be booted directly: building bzImage', 'image']);
  assert.ok(!isFailure(ran));
  assert.equal([...ran.made], ['kernel', 'guest', 'image']);
  write(join(tree, 'arch/x86/boot/bzImage'), '');
  happened.length = 0;
  await bringUpVm(settings, { needs: {}, say: (line) => happened.push(line), bringUp });
  assert.equal(happened, ['kernel image guest'], 'said once');
});

test.run();
