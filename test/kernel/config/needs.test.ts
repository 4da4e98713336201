import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lacking, needs } from '../../../tasks/kernel/config/needs.ts';
import { parseDotConfig } from '../../../tasks/kernel/config/text.ts';

const enough = new Map(needs.flatMap(({ anyOf }) => anyOf).map((option) => [option, 'y']));
const lackingWith = (changes: Record<string, string>) => lacking(new Map([...enough, ...Object.entries(changes)]));

test('kernel.config asks for all that the VM needs', () => {
  assert.equal(lacking(parseDotConfig(readFileSync(join(import.meta.dirname, '../../../kernel.config'), 'utf8'))), []);
});

test('what is off is told, with its reason', () => {
  assert.equal(lackingWith({ FUTEX: 'n' }), ['CONFIG_FUTEX=y (threads)']);
  assert.is(lacking(new Map()).length, needs.length);
});

test('a module is of no use', () => {
  assert.equal(lackingWith({ OVERLAY_FS: 'm' }), ["CONFIG_OVERLAY_FS=y (copy on write over the host's files); it is a module, which the guest cannot load"]);
});

test('of several that serve, one is enough', () => {
  assert.equal(lackingWith({ VIRTIO_MMIO: 'n' }), []);
  assert.equal(lackingWith({ VIRTIO_MMIO: 'n', VIRTIO_PCI: 'n' }), ["CONFIG_VIRTIO_MMIO or CONFIG_VIRTIO_PCI=y (QEMU's devices)"]);
});

test.run();
