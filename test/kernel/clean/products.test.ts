import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isBuildProduct } from '../../../tasks/kernel/clean/products.ts';

const there = new Set(['net/mptcp/.pm.o.cmd', 'scripts/basic/.fixdep.cmd', 'scripts/mod/modpost.c']);
const product = (path: string) => isBuildProduct(path, (other) => there.has(other));

for (const path of ['vmlinux', '.vmlinux.cmd', 'net/mptcp/.pm.o.cmd', 'net/mptcp/pm.o', 'net/mptcp/pm.s', 'net/mptcp/built-in.a', 'include/generated/autoconf.h', 'include/config/NET',
  'arch/x86/include/generated/asm/unistd_64.h', '.config.old', 'scripts/basic/fixdep', 'arch/x86/boot/compressed/vmlinux.bin.gz', 'tools/objtool/objtool', 'System.map',
  '.tmp_vmlinux.nm-sort', '.tmp_vmlinux1.kallsyms.o.sym', 'kernel/config_data', 'scripts/mod/modpost', 'scripts/mod/elfconfig.h']) {
  test(`made by make: ${path}`, () => assert.ok(product(path)));
}

for (const path of ['net/mptcp/mine.c', 'fix.patch', '.envrc', '.vscode/settings.json', 'net/mptcp/pm.c.orig', 'tags', 'net/mptcp/other.o', 'my.tar', 'include/linux/new.h', 'a.s', 'scripts/my-tool']) {
  test(`a person's: ${path}`, () => assert.not(product(path)));
}

test.run();
