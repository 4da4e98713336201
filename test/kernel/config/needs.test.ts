import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lacking, missingOptions, needs } from '../../../tasks/kernel/config/needs.ts';
import { parseDotConfig } from '../../../tasks/kernel/config/text.ts';

const version = { major: 6, minor: 1, text: '6.1' };
const enough = new Map(needs.flatMap(({ anyOf }) => anyOf).map((option) => [option, 'y']));
const lackingWith = (changes: Record<string, string>) => lacking(new Map([...enough, ...Object.entries(changes)]), version);

test('kernel.config asks for all that the VM needs', () => {
  assert.equal(lacking(parseDotConfig(readFileSync(join(import.meta.dirname, '../../../kernel.config'), 'utf8')), version), []);
});

test('what is off is told, with its reason', () => {
  assert.equal(lackingWith({ FUTEX: 'n' }), ['CONFIG_FUTEX=y (threads)']);
  assert.is(lacking(new Map(), version).length, needs.length);
});

test('a module will do where it can be loaded from the initramfs', () => {
  assert.equal(lackingWith({ OVERLAY_FS: 'm', VIRTIO_CONSOLE: 'm', UNIX: 'm', '9P_FS': 'm', NET_9P_VIRTIO: 'm' }), []);
  assert.equal(lackingWith({ VIRTIO_MMIO: 'm', VIRTIO_PCI: 'n' }), ["CONFIG_VIRTIO_MMIO or CONFIG_VIRTIO_PCI=y (QEMU's devices); it is a module, which the guest cannot load so early"]);
  assert.equal(lackingWith({ VIRTIO_MMIO: 'n', VIRTIO_PCI: 'm' }), []);
});

test('what a version does not have is not needed', () => {
  const without = new Map([...enough].filter(([option]) => option !== 'OVERLAY_FS'));
  assert.equal(lacking(without, { major: 3, minor: 14, text: '3.14' }), []);
  assert.is(lacking(without, { major: 3, minor: 18, text: '3.18' }).length, 1);
});

test('of several that serve, one is enough', () => {
  assert.equal(lackingWith({ VIRTIO_MMIO: 'n' }), []);
  assert.equal(lackingWith({ VIRTIO_MMIO: 'n', VIRTIO_PCI: 'n' }), ["CONFIG_VIRTIO_MMIO or CONFIG_VIRTIO_PCI=y (QEMU's devices)"]);
});

/** What --add-missing sets. */
const added = (values: Record<string, string>) => missingOptions(new Map(Object.entries(values)), version).map(({ option, value }) => `${option}=${value}`);

test('what is missing, with what it stands on; what is there already is not set again', () => {
  assert.equal(added(Object.fromEntries(enough)), []);
  assert.equal(added({ ...Object.fromEntries(enough), '9P_FS': 'n', NET_9P: 'y' }), ['NETWORK_FILESYSTEMS=y', '9P_FS=y']);
  assert.equal(lacking(new Map([...enough, ...missingOptions(new Map(), version).map(({ option, value }) => [option, value] as const)]), version), []);
});

test('all of it, from nothing: enough for the VM', () => {
  const all = new Map(missingOptions(new Map(), version).map(({ option, value }) => [option, value]));
  assert.equal(lacking(all, version), []);
});

test("PCI where the kernel has it, else the bus that needs none; a module that can be loaded stays one", () => {
  const without = { ...Object.fromEntries(enough), VIRTIO_MMIO: 'n', VIRTIO_PCI: 'n' };
  assert.equal(added({ ...without, PCI: 'y', VIRTIO_MMIO: 'm' }), ['VIRTIO_MENU=y', 'VIRTIO_PCI=y']);
  assert.equal(added(without), ['VIRTIO_MENU=y', 'VIRTIO_MMIO_CMDLINE_DEVICES=y', 'VIRTIO_MMIO=y']);
  assert.equal(added({ ...Object.fromEntries(enough), OVERLAY_FS: 'm' }), []);
});

test.run();
