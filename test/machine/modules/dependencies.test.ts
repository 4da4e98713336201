import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadOrder, moduleName } from '../../../tasks/machine/modules/dependencies.ts';

const dep = [
  'kernel/fs/9p/9p.ko.xz: kernel/net/9p/9pnet.ko.xz kernel/fs/fscache/fscache.ko.xz kernel/fs/netfs/netfs.ko.xz',
  'kernel/fs/fscache/fscache.ko.xz: kernel/fs/netfs/netfs.ko.xz',
  'kernel/fs/netfs/netfs.ko.xz:',
  'kernel/net/9p/9pnet.ko.xz:',
  'kernel/net/9p/9pnet_virtio.ko.xz: kernel/net/9p/9pnet.ko.xz',
  'kernel/drivers/char/virtio-rng.ko.xz:',
  '',
].join('\n');
const builtin = 'kernel/fs/overlayfs/overlay.ko\nkernel/drivers/virtio/virtio_mmio.ko\n';

test("a module's name, however its file is called and packed", () => {
  for (const path of ['a/virtio-rng.ko', 'virtio_rng.ko.xz', '/x/virtio-rng.ko.zst', 'virtio-rng.ko.gz']) assert.is(moduleName(path), 'virtio_rng');
});

test('what a module needs is loaded before it, each once; what is built in is not loaded', () => {
  const { load, absent } = loadOrder(['virtio_mmio', '9pnet_virtio', '9p', 'overlay', 'virtio_rng'], { dep, builtin });
  assert.equal(load.map(moduleName), ['9pnet', '9pnet_virtio', 'netfs', 'fscache', '9p', 'virtio_rng']);
  assert.equal(absent, []);
});

test('what this kernel has in no way is named', () => {
  assert.equal(loadOrder(['9p', 'virtio_net'], { dep: '', builtin }), { load: [], absent: ['9p', 'virtio_net'] });
});

test.run();
