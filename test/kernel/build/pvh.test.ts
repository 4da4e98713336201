import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { whyNoPvh } from '../../../tasks/kernel/build/pvh.ts';

const makefile = (version: string) => version.split('.').map((number, i) => `${['VERSION', 'PATCHLEVEL', 'SUBLEVEL'][i] ?? ''} = ${number}\n`).join('');

const why = (version: string, config: string | undefined, pvhMakefile?: string) => whyNoPvh({ makefile: makefile(version), pvhMakefile, config });

test('a vmlinux is booted from 5.0 on, where it has a PVH entry', () => {
  assert.is(why('5.0', 'CONFIG_PVH=y\n'), undefined);
  assert.is(why('6.1.7', undefined), undefined, 'kernel.config will ask for it');
  assert.is(why('6.1.7', '# CONFIG_PVH is not set\nCONFIG_XEN_PVH=y\n'), 'CONFIG_PVH is off: this vmlinux cannot be booted directly');
  assert.is(why('4.19.80', undefined), 'Linux 4.19.80: before 5.0 a vmlinux cannot be booted directly');
  assert.is(why('4.20.1', 'CONFIG_XEN_PVH=y\n'), 'Linux 4.20.1: before 5.0 a vmlinux cannot be booted directly');
});

test('with KASAN where the entry is compiled without its checks', () => {
  const config = 'CONFIG_PVH=y\nCONFIG_KASAN=y\n';
  const before = 'OBJECT_FILES_NON_STANDARD_head.o := y\n\nobj-$(CONFIG_PVH) += enlighten.o\n';
  assert.is(why('6.1.192', config, before), 'CONFIG_KASAN is on: this vmlinux cannot be booted directly');
  assert.is(why('6.18.32', config, `KASAN_SANITIZE := n\n${before}`), undefined);
  assert.is(why('6.1.192', 'CONFIG_PVH=y\n# CONFIG_KASAN is not set\n', before), undefined);
});

test.run();
