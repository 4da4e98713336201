import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { concerned, fixesFor, newerTools, type ToolVersion, type TreeFiles } from '../../../tasks/kernel/make/newer-tools.ts';

const test = suite('newer tools');

/** A tree of just the lines that decide. */
function tree(version: string, files: Readonly<Record<string, string>>): TreeFiles {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return { version: { major, minor, text: version }, text: (path) => files[path] };
}

const gcc = (text: string, command = 'gcc'): ToolVersion => {
  const [major = 0, minor = 0] = text.split('.').map(Number);
  return { command, version: { major, minor, text } };
};
const ld = gcc('2.30', 'ld');
const oldMake = gcc('4.2.1', 'make');

/** The flags that a tree gets, by variable. */
function flags(files: TreeFiles, compiler: ToolVersion, host = compiler, linker = ld, make = oldMake): string[] {
  return fixesFor(concerned(files), files, { CC: compiler, HOSTCC: host, LD: linker, KAFLAGS: { ...linker, command: 'as' }, 'make-cmd': make }).map((fix) => `${fix.variable} ${fix.flags}`);
}

const realloc = (size: string) => `static inline void *xrealloc(void *ptr, size_t size)\n{\n\tvoid *ret = realloc(ptr, size);\n\tif (!ret && !size)\n\t\tret = realloc(ptr, 1);\n\tif (!ret) {\n\t\tret = realloc(ptr, ${size});\n`;
const old = { 'Makefile': 'KBUILD_CFLAGS += $(call cc-option,-fno-PIE)\n', 'arch/x86/Makefile': 'REALMODE_CFLAGS := -std=gnu99\n', 'arch/x86/boot/compressed/Makefile': '-std=gnu99' };

test('a use after free in libsubcmd: gcc 12 and newer, by the text of the function', () => {
  const bad = tree('4.19.80', { ...old, 'tools/lib/subcmd/subcmd-util.h': `\tvoid *ret;\n\tret = realloc(ptr, size);\n\tif (!ret && !size)\n\t\tret = realloc(ptr, 1);\n` });
  assert.equal(flags(bad, gcc('12.2.0')), ['HOSTCC -Wno-error=use-after-free']);
  assert.equal(flags(bad, gcc('11.3')), []);
  assert.equal(flags(bad, gcc('11.3'), gcc('13.1', 'gcc-13')), ['HOSTCC -Wno-error=use-after-free']);
  assert.equal(flags(bad, gcc('12.2'), gcc('12.2', 'gcc -Wno-error=use-after-free')), []);
  assert.equal(flags(tree('4.19.300', { ...old, 'tools/lib/subcmd/subcmd-util.h': '\tvoid *ret = realloc(ptr, size ?: 1);\n' }), gcc('12.2')), []);
  assert.equal(flags(tree('4.19.80', { ...old, 'tools/lib/subcmd/subcmd-util.h': realloc('size') }), gcc('12')), ['HOSTCC -Wno-error=use-after-free']);
});

test('yylloc twice in dtc: gcc 10 and newer, generated or shipped', () => {
  for (const path of ['scripts/dtc/dtc-lexer.l', 'scripts/dtc/dtc-lexer.lex.c_shipped']) {
    const twice = tree('4.14', { ...old, [path]: '#include "x.h"\nYYLTYPE yylloc;\n' });
    assert.equal(flags(twice, gcc('10.1')), ['HOSTCC -fcommon']);
    assert.equal(flags(twice, gcc('9.3')), []);
    assert.equal(flags(tree('5.6', { ...old, [path]: 'extern YYLTYPE yylloc;\n' }), gcc('10.1')), []);
  }
});

test('C23 and position-independent code: the kernel’s own compiler', () => {
  const ancient = tree('4.4', { 'Makefile': 'KBUILD_CFLAGS := -Wall -std=gnu89\n', 'arch/x86/Makefile': 'KBUILD_CFLAGS += -m64\n' });
  assert.equal(flags(ancient, gcc('15.1')), ['CC -std=gnu11', 'CC -fno-pie']);
  assert.equal(flags(ancient, gcc('12.2')), ['CC -fno-pie']);
  assert.equal(flags(ancient, gcc('5.4')), []);
  assert.equal(flags(ancient, gcc('15.1', 'gcc -std=gnu89 -fno-PIE')), []);
  assert.equal(flags(tree('6.14', {}), gcc('15.1')), []);
  assert.equal(flags(ancient, { command: 'clang', version: undefined }), []);
});

test('no standard named before 3.18: gnu89, once and before all else', () => {
  const ancient = tree('3.14.33', { 'Makefile': 'KBUILD_CFLAGS := -Wall -fno-PIE\n', 'arch/x86/Makefile': '-m64' });
  assert.equal(flags(ancient, gcc('15.1')), ['CC -std=gnu89'], 'not C11 beside it');
  assert.equal(flags(ancient, gcc('4.9')), []);
  assert.equal(flags(tree('3.14.79', { 'Makefile': '-fno-PIE -std=gnu89' }), gcc('12.2')), [], 'a stable tree with the fix');
});

test('a header for each gcc: it calls itself the last that the tree knows', () => {
  const named = { 'Makefile': '-fno-PIE -std=gnu89', 'arch/x86/Makefile': '-std=gnu99', 'include/linux/compiler-gcc.h': '#define gcc_header(x) _gcc_header(x)\n#include gcc_header(__GNUC__)\n', 'include/linux/compiler-gcc3.h': '', 'include/linux/compiler-gcc4.h': '' };
  assert.equal(flags(tree('3.14', named), gcc('4.9.2')), []);
  assert.equal(flags(tree('3.14', named), gcc('12.2')), ['CC -U__GNUC__ -D__GNUC__=4 -U__GNUC_MINOR__ -D__GNUC_MINOR__=9']);
  const five = { ...named, 'include/linux/compiler-gcc5.h': '' };
  assert.equal(flags(tree('3.14.33', five), gcc('5.4')), []);
  assert.equal(flags(tree('3.14.33', five), gcc('12.2')), ['CC -U__GNUC__ -D__GNUC__=5']);
  assert.equal(flags(tree('3.14.33', five), gcc('12.2', 'gcc -D__GNUC__=5')), []);
  assert.equal(flags(tree('4.2', { ...named, 'include/linux/compiler-gcc.h': '#define GCC_VERSION' }), gcc('12.2')), []);
});

test('short jumps at boot: binutils 2.26 and newer, by the name of the label', () => {
  const of = (label: string, version: string) => flags(tree('3.14.33', { 'Makefile': '-fno-PIE -std=gnu89 --no-warn-rwx-segments', 'arch/x86/Makefile': '-std=gnu99', 'arch/x86/kernel/head_64.S': `\t__INIT\n${label}:\n` }), gcc('12.2'), gcc('12.2'), gcc(version, 'ld'));
  assert.equal(of('early_idt_handlers', '2.40'), ['KAFLAGS -Wa,-mshared']);
  assert.equal(of('early_idt_handlers', '2.25'), []);
  assert.equal(of('early_idt_handler_array', '2.40'), []);
});

const before417 = String.raw`make-cmd = $(subst \\,\\\\,$(subst \#,\\\#,$(subst $$,$$$$,$(call escsq,$(cmd_$(1))))))`;

test('what Kbuild notes of a command: make 4.3 and newer, by the text of the macro', () => {
  const of = (text: string, make: string) => flags(tree('3.14.33', { 'Makefile': '-fno-PIE -std=gnu89', 'arch/x86/Makefile': '-std=gnu99', 'scripts/Kbuild.include': `squote := '\n${text}\n` }), gcc('12.2'), gcc('12.2'), ld, gcc(make, 'make'));
  assert.equal(of(before417, '4.3').map((one) => one.slice(0, 10)), ['make-cmd $']);
  assert.equal(of(before417, '4.2.1'), []);
  assert.equal(of('make-cmd = $(call escsq,$(subst $(pound),$$(pound),$(subst $$,$$$$,$(cmd_$(1)))))', '4.3'), []);
});

test('what is noted then is what was run, to a make of today', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  try {
    const makefile = (makeCmd: string) => `squote := '\nescsq = $(subst $(squote),'\\$(squote)',$1)\n${makeCmd}\ncmd_note = echo "KBUILD_STR(s)=\\#s" '$$x'\n-include note.cmd\nall: ; @echo '$(if $(filter-out $(cmd_note),$(cmd_all)),differs,$(if $(cmd_all),same,new))'; echo 'cmd_all := $(call make-cmd,note)' > note.cmd\n`;
    const run = (...args: string[]) => execFileSync('make', ['--no-print-directory', '-f', 'M', ...args], { cwd: dir, encoding: 'utf8' }).trim();
    const value = newerTools.find((row) => row.variable === 'make-cmd')?.flag ?? '';
    writeFileSync(join(dir, 'M'), makefile(before417));
    assert.is(run(`make-cmd=${value}`), 'new');
    assert.is(run(`make-cmd=${value}`), 'same');
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('warnings of the linker at each boot image: binutils 2.39 and newer', () => {
  const of = (version: string, text: string) => flags(tree(version, { ...old, 'arch/x86/boot/compressed/Makefile': `-std=gnu99 ${text}` }), gcc('12.2'), gcc('12.2'), gcc('2.40', 'ld'));
  assert.equal(of('4.19.80', ''), ['LD -z noexecstack -z notext --no-warn-rwx-segments']);
  assert.equal(of('5.10.200', '$(call ld-option,--no-warn-rwx-segments)'), []);
  assert.equal(flags(tree('4.19', old), gcc('12.2'), gcc('12.2'), gcc('2.38', 'ld')), []);
});

test('each row says which tool, what is the matter and what is added', () => {
  for (const row of newerTools) {
    const [fix] = fixesFor([row], tree('4.4', {}), { CC: gcc('99.1'), HOSTCC: gcc('99.1'), LD: gcc('99.1'), KAFLAGS: gcc('99.1'), 'make-cmd': gcc('99.1') });
    assert.is(fix?.words, `gcc 99.1 ${row.why(tree('4.4', {}))}: ${row.variable === 'make-cmd' ? 'setting make-cmd' : `adding ${row.flag} to ${row.variable}`}`);
    assert.match(row.why(tree('4.4', {})), 'Linux 4.4');
  }
});

test.run();
