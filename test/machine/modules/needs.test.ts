import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { neededModules } from '../../../tasks/machine/modules/needs.ts';
import type { FilesBy } from '../../../tasks/machine/files-by.ts';
import type { Nic } from '../../../tasks/machine/description.ts';

const names = (vm: Partial<Parameters<typeof neededModules>[0]>, files: FilesBy = '9p') => neededModules({ machine: 'q35', nics: [], disks: [], pmemBytes: [], ...vm }, [files]).map(({ name }) => name);
const user: Nic = { kind: 'user', mac: '02:00', net: 2 };

test('the bus goes by the machine, the rest by what the VM has', () => {
  assert.equal(names({}), ['virtio_pci', 'virtio_console', '9pnet_virtio', '9p', 'overlay', 'unix', 'binfmt_script', 'virtio_rng']);
  assert.is(names({ machine: 'microvm' })[0], 'virtio_mmio');
  assert.ok(names({ nics: [user] }).includes('virtio_net'));
  assert.not(names({ nics: [user] }).includes('af_packet'), 'no DHCP on a network of QEMU');
  assert.ok(names({ nics: [{ kind: 'bridge-helper', mac: '02:00', bridge: 'br0', helper: '/h', vhost: false }] }).includes('af_packet'));
  assert.ok(names({ disks: [{ bus: 'virtio', serial: 's', path: '/d', format: 'raw' }] }).includes('virtio_blk'));
  const nvme = names({ disks: [{ bus: 'nvme', serial: 's', path: '/d', format: 'raw' }], pmemBytes: [1 << 28] });
  assert.equal(['virtio_blk', 'nvme', 'nfit', 'nd_pmem'].map((name) => nvme.includes(name)), [false, true, true, true]);
  assert.ok(names({ watchdogSeconds: 10 }).includes('ib700wdt'));
  assert.equal(names({}, 'fuse'), ['virtio_pci', 'virtio_console', 'fuse', 'overlay', 'unix', 'binfmt_script', 'virtio_rng']);
  assert.equal(neededModules({ machine: 'q35', nics: [], disks: [], pmemBytes: [] }, ['9p', 'fuse']).map(({ name }) => name).slice(2, 5), ['9pnet_virtio', '9p', 'fuse']);
});

test('each says what it is for', () => {
  for (const { why, name } of neededModules({ machine: 'q35', nics: [user], disks: [], pmemBytes: [] }, ['9p'])) assert.ok(why.length > 3, name);
});

test.run();
