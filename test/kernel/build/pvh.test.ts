import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { whyNoPvh } from '../../../tasks/kernel/build/pvh.ts';

const makefile = (version: string) => version.split('.').map((number, i) => `${['VERSION', 'PATCHLEVEL', 'SUBLEVEL'][i] ?? ''} = ${number}\n`).join('');

test('a vmlinux is booted from 5.0 on, where it has a PVH entry', () => {
  assert.is(whyNoPvh(makefile('5.0'), 'CONFIG_PVH=y\n'), undefined);
  assert.is(whyNoPvh(makefile('6.1.7'), undefined), undefined, 'kernel.config will ask for it');
  assert.is(whyNoPvh(makefile('6.1.7'), '# CONFIG_PVH is not set\nCONFIG_XEN_PVH=y\n'), 'CONFIG_PVH is off: this vmlinux cannot be booted directly');
  assert.is(whyNoPvh(makefile('4.19.80'), undefined), 'Linux 4.19.80: before 5.0 a vmlinux cannot be booted directly');
  assert.is(whyNoPvh(makefile('4.20.1'), 'CONFIG_XEN_PVH=y\n'), 'Linux 4.20.1: before 5.0 a vmlinux cannot be booted directly');
});

test.run();
