import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { linkForm, linkRefusal, mayBeLinked, recipeOf } from '../../../tasks/kernel/quick/link-form.ts';

const rule = (target: string, name: string) => `${target}: a b\n\t$(Q)$(MAKE) -f $(srctree)/scripts/Makefile.${name}\n`;
const makefile = `x := 1\n${rule('vmlinux_o', 'vmlinux_o')}\nvmlinux: private _X := 1\nvmlinux: export X = 1\n${rule('vmlinux', 'vmlinux')}\n${rule('modpost', 'modpost')}`;

test('a tree whose three rules are the known ones links by its makefiles', () => {
  assert.is(linkForm({ makefile, hasMakefileVmlinux: true, vmlinuxCommand: undefined }), 'makefiles');
});

test('a rule that does more is not known', () => {
  const more = makefile.replace('Makefile.vmlinux\n', 'Makefile.vmlinux\n\t@echo and more\n');
  assert.is(linkForm({ makefile: more, hasMakefileVmlinux: true, vmlinuxCommand: undefined }), undefined);
  assert.is(linkForm({ makefile: makefile.replace('.modpost', '.other'), hasMakefileVmlinux: true, vmlinuxCommand: undefined }), undefined);
  assert.is(recipeOf(makefile + rule('modpost', 'modpost'), 'modpost'), undefined);
});

test('an older tree links by its script', () => {
  const form = (vmlinuxCommand: string | undefined) => linkForm({ makefile: '', hasMakefileVmlinux: false, vmlinuxCommand });
  assert.is(form('sh scripts/link-vmlinux.sh ld -m elf_x86_64 ; true'), 'script');
  assert.is(form('/bin/bash ../src/scripts/link-vmlinux.sh ld'), 'script');
  assert.is(form('ld -o vmlinux a.o'), undefined);
  assert.is(form(undefined), undefined);
});

test('what the link cannot do without make', () => {
  assert.is(linkRefusal(new Set(['TRIM_UNUSED_KSYMS']), { form: 'makefiles', modular: false }), 'CONFIG_TRIM_UNUSED_KSYMS');
  assert.is(linkRefusal(new Set(['SMP', 'MODULES']), { form: 'makefiles', modular: true }), undefined);
  assert.match(linkRefusal(new Set(['SMP', 'MODULES']), { form: 'script', modular: true }) ?? '', 'before 6.1');
  // A distribution's or a developer's old .config has MODULES, mostly; where nothing is a module there is only vmlinux.
  assert.is(linkRefusal(new Set(['SMP', 'MODULES']), { form: 'script', modular: false }), undefined);
});

test('what the link may make, and what was made before it', () => {
  for (const path of ['vmlinux', 'vmlinux.o', '.vmlinux.export.o', 'Module.symvers', 'init/version-timestamp.o', 'init/version.o', 'include/generated/utsversion.h', 'fs/xfs/xfs.ko', 'fs/xfs/xfs.mod.c', 'fs/xfs/xfs.mod.o', 'fs/xfs/xfs.mod']) assert.ok(mayBeLinked(path), path);
  for (const path of ['net/ipv4/tcp.o', 'net/built-in.a', 'fs/xfs/xfs.o', 'arch/x86/include/generated/asm/syscalls_64.h']) assert.not(mayBeLinked(path), path);
});

test.run();
