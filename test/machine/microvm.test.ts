import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findsMicrovm, machineFor } from '../../tasks/machine/microvm.ts';

test('a kernel that does not read its devices from the command line needs PCI', () => {
  assert.ok(findsMicrovm(undefined), 'kernel.config will ask for it');
  assert.ok(findsMicrovm('CONFIG_VIRTIO_MMIO=y\nCONFIG_VIRTIO_MMIO_CMDLINE_DEVICES=y\n'));
  assert.not(findsMicrovm('CONFIG_VIRTIO_MMIO=y\n# CONFIG_VIRTIO_MMIO_CMDLINE_DEVICES is not set\n'));
  assert.not(findsMicrovm('CONFIG_VIRTIO_MMIO=m\nCONFIG_VIRTIO_MMIO_CMDLINE_DEVICES=y\n'));
  assert.not(findsMicrovm('CONFIG_VIRTIO_PCI=y\n'));
});

test('the machine that was asked for counts; auto is PCI where the kernel needs it', () => {
  assert.equal([machineFor('auto', true), machineFor('auto', false), machineFor('microvm', false), machineFor('q35', true)], ['auto', 'q35', 'microvm', 'q35']);
});

test.run();
