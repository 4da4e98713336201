import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadable, type Loadable } from '../../../tasks/watch/files/loadable.ts';

const files: Record<string, string> = {
  'net/ipv4/Makefile': 'obj-y := route.o\nobj-$(CONFIG_TCP_CONG_BBR) += tcp_bbr.o\nobj-$(CONFIG_TCP_CONG_DCTCP) += tcp_dctcp.o\nobj-$(CONFIG_SYSCTL) += sysctl.o\nobj-$(CONFIG_TCP_CONG_VEGAS) += tcp_vegas.o\n',
  'fs/Makefile': 'obj-$(CONFIG_XFS_FS) += xfs/\n',
  'fs/xfs/Makefile': 'obj-$(CONFIG_XFS_FS) += xfs.o\nxfs-y += xfs_super.o\n',
};
const values: Record<string, 'y' | 'm'> = { CONFIG_TCP_CONG_BBR: 'y', CONFIG_TCP_CONG_DCTCP: 'm', CONFIG_SYSCTL: 'y', CONFIG_XFS_FS: 'y' };
const sources = ['net/ipv4/route.c', 'net/ipv4/tcp_bbr.c', 'net/ipv4/tcp_dctcp.c', 'net/ipv4/sysctl.c', 'net/ipv4/tcp_vegas.c', 'fs/xfs/xfs_super.c'];
const tristates = ['CONFIG_TCP_CONG_BBR', 'CONFIG_TCP_CONG_DCTCP', 'CONFIG_TCP_CONG_VEGAS', 'CONFIG_XFS_FS'];

const found = (what: string): Loadable => loadable(what, {
  read: (path) => files[path],
  valueOf: (symbol) => values[symbol],
  isTristate: (symbol) => (symbol === 'CONFIG_TYPO' ? undefined : tristates.includes(symbol)),
  sourcesAt: (path) => {
    const below = sources.filter((source) => source === path || source.startsWith(`${path}/`));
    return below.length === 0 ? undefined : below;
  },
  modules: ['net/ipv4/tcp_bbr.ko', 'fs/xfs/xfs.ko'],
});
const wrong = (what: string) => {
  const one = found(what);
  return 'wrong' in one ? one.wrong : '';
};

test('an option, a source, a module by its name: the one that is meant, whatever it is now', () => {
  for (const what of ['CONFIG_TCP_CONG_BBR', 'net/ipv4/tcp_bbr.c', 'tcp_bbr', 'tcp-bbr']) assert.equal(found(what), { options: ['CONFIG_TCP_CONG_BBR'], each: false }, what);
  assert.equal(found('xfs'), { options: ['CONFIG_XFS_FS'], each: false }, 'one of many objects');
  assert.equal(found('fs/xfs/xfs_super.c'), { options: ['CONFIG_XFS_FS'], each: false });
  assert.equal(found('net/ipv4/tcp_vegas.c'), { options: ['CONFIG_TCP_CONG_VEGAS'], each: false }, 'it is off, and meant all the same');
  assert.equal(found('CONFIG_TYPO'), { options: ['CONFIG_TYPO'], each: false }, 'told by whoever sets it');
});

test('a directory: what is built of it and can be a module; what is off stays off', () => {
  assert.equal(found('net/ipv4'), { options: ['CONFIG_TCP_CONG_BBR', 'CONFIG_TCP_CONG_DCTCP'], each: true });
});

test('what cannot be a module, and what there is not', () => {
  assert.match(wrong('CONFIG_SYSCTL'), 'is no tristate');
  assert.match(wrong('net/ipv4/sysctl.c'), 'built by CONFIG_SYSCTL, which is no tristate');
  assert.match(wrong('net/ipv4/route.c'), 'has no option of its own');
  assert.match(wrong('tcp_bbq'), 'tcp_bbq is no file of the tree, and the last build has nothing of that name');
});

test.run();
