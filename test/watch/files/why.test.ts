import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { placeIn, whyUnused, type WhyContext } from '../../../tasks/watch/files/why.ts';

const files: Record<string, string> = {
  'drivers/net/Makefile': 'obj-$(CONFIG_TUN) += tun.o\nobj-$(CONFIG_ETHERNET) += ethernet/\nobj-y += mdio/ # always\n',
  'drivers/net/ethernet/Makefile': 'obj-$(CONFIG_NET_VENDOR_INTEL) += intel/\n',
  'drivers/net/ethernet/intel/e1000/Makefile': 'obj-$(CONFIG_E1000) += e1000.o\n\ne1000-objs := e1000_main.o \\\n\te1000_hw.o\n',
  'drivers/net/ethernet/intel/Makefile': 'obj-$(CONFIG_E1000) += e1000/\n',
};
const context = (...on: string[]): WhyContext => ({ srcArch: 'x86', read: (path) => files[path], valueOf: (symbol) => (on.includes(symbol) ? 'y' : on.includes(`${symbol}=m`) ? 'm' : undefined) });

test('the option that a file hangs on', () => {
  assert.is(whyUnused('drivers/net/tun.c', context()), 'CONFIG_TUN is off (drivers/net/Makefile)');
  assert.is(whyUnused('drivers/net/ethernet/intel/e1000/e1000_hw.c', context()), 'CONFIG_E1000 is off (drivers/net/ethernet/intel/e1000/Makefile)');
});

test("the option that a directory above hangs on, where the file's own is on", () => {
  assert.is(whyUnused('drivers/net/ethernet/intel/e1000/e1000_main.c', context('CONFIG_E1000')), 'CONFIG_NET_VENDOR_INTEL is off (drivers/net/ethernet/Makefile)');
});

test('an option that makes a module of it', () => {
  assert.is(whyUnused('drivers/net/tun.c', context('CONFIG_TUN=m')), 'CONFIG_TUN=m: it is part of a module that the last build did not read (drivers/net/Makefile)');
  assert.is(whyUnused('drivers/net/ethernet/intel/e1000/e1000_main.c', context('CONFIG_E1000=m', 'CONFIG_NET_VENDOR_INTEL', 'CONFIG_ETHERNET')),
    'CONFIG_E1000=m: it is part of a module that the last build did not read (drivers/net/ethernet/intel/e1000/Makefile)');
  // What is off above keeps the module, too, from being built.
  assert.is(whyUnused('drivers/net/ethernet/intel/e1000/e1000_main.c', context('CONFIG_E1000=m', 'CONFIG_ETHERNET')), 'CONFIG_NET_VENDOR_INTEL is off (drivers/net/ethernet/Makefile)');
});

test('named by a Makefile, and all is on', () => {
  assert.is(whyUnused('drivers/net/tun.c', context('CONFIG_TUN')), 'a Makefile names it, but the last build did not read it');
});

test('no Makefile names it', () => {
  assert.is(whyUnused('drivers/net/scratch.c', context()), 'no Makefile of this kernel names it');
});

test('other reasons', () => {
  assert.is(whyUnused('Documentation/networking/mptcp.rst', context()), 'documentation');
  assert.is(whyUnused('net/mptcp/README.txt', context()), 'documentation');
  assert.is(whyUnused('arch/arm64/kernel/setup.c', context()), 'another architecture: arm64, and this kernel is for x86');
  assert.is(whyUnused('tools/perf/perf.c', context()), 'no program that this build runs is built from it');
  assert.is(whyUnused('samples/kobject/kobject-example.c', context()), 'CONFIG_SAMPLES is off');
  assert.is(whyUnused('include/linux/unused.h', context()), 'no file that this kernel is built from includes it');
  assert.is(whyUnused('arch/Kconfig.foo', context()), 'no file of this build reads it');
});

test('Makefiles as they are written', () => {
  assert.is(placeIn('a.o', 'obj-$(CONFIG_A)+=a.o')?.symbol, 'CONFIG_A');
  assert.is(placeIn('b.o', 'foo-$(CONFIG_B) += b.o\nobj-$(CONFIG_A) += foo.o')?.symbol, 'CONFIG_B');
  assert.is(placeIn('c.o', 'foo-y := x.o c.o\nobj-$(CONFIG_A) += foo.o')?.symbol, 'CONFIG_A');
  assert.is(placeIn('d.o', 'obj-y += d.o')?.symbol, undefined);
  assert.is(placeIn('d.o', 'd-y += d.o')?.symbol, undefined);
  assert.is(placeIn('x.o', '# obj-$(CONFIG_X) += x.o')?.symbol, undefined);
  assert.equal(placeIn('m.o', 'obj-m += m.o'), { value: 'm' });
  assert.equal(placeIn('d.o', 'obj-y += d.o'), { value: 'y' });
  assert.is(placeIn('x.o', 'obj-y += d.o'), undefined);
});

test.run();
