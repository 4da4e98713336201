import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isGeneratedPath, isSourceName, isUntracedInput } from '../../../tasks/kernel/inputs/names.ts';

test("sources count; objects and editors' own files do not", () => {
  for (const name of ['pm.c', 'pm.h', 'entry.S', 'Makefile', 'Kbuild', 'Kconfig.debug', 'x509.asn1', 'localversion-rt', 'default_cpio_list', 'build-version', 'timeconst.bc', 'Build', 'Makefile.include', 'x86-opcode-map.txt']) assert.ok(isSourceName(name), name);
  for (const name of ['pm.o', '.pm.o.cmd', '.pm.c.swp', '.#pm.c', '#pm.c#', 'pm.c~', '4913', 'built-in.a', 'System.map', 'pm.c.orig', 'pm.c.rej']) assert.not(isSourceName(name), name);
});

test('makefiles and data for generators are read without a trace, C is not', () => {
  for (const name of ['Makefile', 'Makefile.lib', 'Kbuild', 'syscall_64.tbl', 'cp437.uni', 'x86-opcode.map', 'Build', 'utilities.mak', 'x86-opcode-map.txt']) assert.ok(isUntracedInput(name), name);
  for (const name of ['pm.c', 'pm.h', 'Kconfig']) assert.not(isUntracedInput(name), name);
});

test('what Kbuild makes in the tree', () => {
  for (const path of ['include/generated/autoconf.h', 'include/config/SMP', 'arch/x86/include/generated/asm/x.h', 'crypto/asymmetric_keys/x509.asn1.c', 'kernel/config_data', 'scripts/mod/devicetable-offsets.h']) assert.ok(isGeneratedPath(path), path);
  for (const path of ['include/linux/a.h', 'lib/crc32.c', 'kernel/configs.c', 'arch/um/include/shared/common-offsets.h']) assert.not(isGeneratedPath(path), path);
});

test.run();
