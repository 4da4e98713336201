import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Settings } from '../../config/settings.ts';
import { isFailure } from '../../tasks/report/failure.ts';
import { bootedKernel, bringUpVm, vmGoals } from '../../tasks/targets/goals.ts';
import { littleTree, settingsIn, write } from '../support/little-kernel.ts';

const test = suite<{ dir: string }>('goals');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

test("the targets of a VM, and the kernel that it boots, by the tree's version and .config", ({ dir }) => {
  const tree = littleTree(join(dir, 'linux'), '6.1');
  const settings = settingsIn(dir, { KERNEL_SOURCES: `dir:${tree}` });
  assert.equal(vmGoals(settings), ['kernel', 'guest']);
  assert.equal(bootedKernel(settings), { path: join(tree, 'vmlinux'), why: undefined, findsMicrovm: true, modules: undefined });
  write(join(tree, '.config'), 'CONFIG_64BIT=y\n');
  assert.equal(vmGoals(settings, { bridge: true }), ['kernel', 'image', 'guest', 'bridge']);
  const booted = bootedKernel(settings);
  assert.ok(!isFailure(booted) && booted.path === join(tree, 'arch/x86/boot/bzImage'));
  assert.equal(vmGoals(settings, { ownKernel: true }), ['packages', 'guest']);
  write(join(tree, '.config'), 'CONFIG_64BIT=y\nCONFIG_PVH=y\nCONFIG_MODULES=y\n');
  write(join(tree, 'include/config/kernel.release'), '6.1.0\n');
  assert.equal(vmGoals(settings), ['kernel', 'modules', 'guest']);
  assert.equal(vmGoals(settingsIn(dir, { KERNEL_SOURCES: 'distro:' })), ['kernel', 'guest'], 'nothing chosen yet');
});

test('where there is no tree to build, nothing is begun', async ({ dir }) => {
  const settings: Settings = { ...settingsIn(dir), tree: { kind: 'none', path: dir, met: { what: 'nothing' } } };
  const begun: (readonly string[])[] = [];
  const bringUp = (goals: readonly string[]) => {
    begun.push(goals);
    return Promise.resolve({ made: new Set<string>() });
  };
  const ran = await bringUpVm(settings, { needs: {}, say: () => undefined, bringUp });
  assert.ok(isFailure(ran) && ran.words.what.includes('is not in a kernel tree'));
  assert.equal(begun, []);
  await bringUpVm(settings, { needs: { ownKernel: true }, say: () => undefined, bringUp });
  assert.equal(begun, [['packages', 'guest']], 'a kernel that is named needs no tree');
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
