import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mightBeModule } from '../../../tasks/watch/files/tristate.ts';

const files: Record<string, string> = {
  'net/ipv4/Makefile': 'obj-y := route.o\nobj-$(CONFIG_TCP_CONG_BBR) += tcp_bbr.o\nobj-$(CONFIG_SYSCTL) += sysctl.o\n',
  'net/ipv4/Kconfig': 'config SYSCTL\n\tbool "s"\n\nconfig TCP_CONG_BBR\n\ttristate "BBR TCP"\n\tdepends on INET\n\nconfig OTHER\n\tbool\n',
  'fs/Kconfig': 'menuconfig XFS_FS\n\ttristate "XFS"\n',
  'fs/Makefile': 'obj-$(CONFIG_XFS_FS) += xfs/\n',
  'fs/xfs/Makefile': 'obj-$(CONFIG_XFS_FS) += xfs.o\nxfs-y += xfs_super.o\n',
  'net/Makefile': 'obj-$(CONFIG_WIRE) += wire/\n',
  'net/wire/Makefile': 'obj-y += wire.o\n',
  'net/Kconfig': 'config WIRE\n\ttristate\n',
};
const hint = (path: string, value: 'y' | 'm' = 'y') => mightBeModule(path, { read: (name) => files[name], valueOf: () => value });

test('what is built in by an option that might be m', () => {
  assert.is(hint('net/ipv4/tcp_bbr.c'), 'CONFIG_TCP_CONG_BBR');
  assert.is(hint('fs/xfs/xfs_super.c'), 'CONFIG_XFS_FS', 'an option that is defined above');
  assert.is(hint('net/wire/wire.c'), 'CONFIG_WIRE', 'the option of the directory');
});

test('what cannot be a module, or is one, or is no source', () => {
  assert.is(hint('net/ipv4/route.c'), undefined);
  assert.is(hint('net/ipv4/sysctl.c'), undefined);
  assert.is(hint('net/ipv4/tcp_bbr.c', 'm'), undefined);
  assert.is(hint('net/ipv4/tcp_bbr.h'), undefined);
});

test.run();
