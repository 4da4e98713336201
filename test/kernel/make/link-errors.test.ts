/** What the linkers and modpost were seen to say: GNU ld 2.40, ld.lld 14, modpost and objtool of Linux 6.1; others as their sources have it. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { failureOf } from '../../../tasks/kernel/make/run.ts';

const tree = { source: '/src/linux', build: '/src/linux' };
const vmlinuxFailed = ['make[1]: *** [scripts/Makefile.vmlinux:34: vmlinux] Error 1', 'make: *** [Makefile:1250: vmlinux] Error 2'];
const words = (lines: readonly string[], failed: readonly string[] | undefined = undefined) => failureOf(lines, 2, { tree, log: 'log', jobs: 2 }, failed).words;

test('GNU ld: a symbol that nothing defines, with the functions that want it; without debug information by their objects', () => {
  const said = [
    "ld: vmlinux.o: in function `mptcp_init':",
    "/src/linux/net/mptcp/protocol.c:12: undefined reference to `kloop_missing'",
    "ld: /src/linux/net/mptcp/protocol.c:13: undefined reference to `kloop_data'",
    "ld: net/mptcp/pm.o: in function `pm_init':",
    "pm.c:(.text+0x1f): undefined reference to `kloop_missing'",
    "ld: net/mptcp/ctrl.o:/src/linux/net/mptcp/ctrl.c:3: undefined reference to `kloop_table'",
  ];
  const told = words([...said, ...vmlinuxFailed]);
  assert.is(told.what, 'the kernel does not link: kloop_missing is not defined, but used by mptcp_init() in net/mptcp/protocol.c:12, pm_init() in net/mptcp/pm.o');
  assert.equal(told.why, [
    'Also: kloop_data is not defined, but used by mptcp_init() in net/mptcp/protocol.c:13',
    'Also: kloop_table is not defined, but used by net/mptcp/ctrl.c:3',
  ]);
  assert.equal(told.said, said);
  // The quick build says itself what failed.
  assert.equal(words(said, ['vmlinux']), told);
});

test('GNU ld before 2.31 does not name itself', () => {
  const said = [
    "net/built-in.o: In function `mptcp_init':",
    "protocol.c:(.text+0x1f): undefined reference to `kloop_missing'",
    "net/mptcp/b.o: In function `dup':",
    "b.c:(.text+0x0): multiple definition of `dup'",
    'net/mptcp/a.o:a.c:(.text+0x0): first defined here',
  ];
  const told = words(said, ['vmlinux']);
  assert.is(told.what, 'the kernel does not link: kloop_missing is not defined, but used by mptcp_init() in net/built-in.o');
  assert.equal(told.why, ['Also: dup is defined more than once: net/mptcp/b.o, net/mptcp/a.o']);
  assert.equal(told.said, said);
});

test('GNU ld: a symbol that is defined twice, and where', () => {
  const told = words([
    "ld: net/mptcp/b.o: in function `kloop_dup':",
    "/src/linux/net/mptcp/b.c:1: multiple definition of `kloop_dup'; net/mptcp/a.o:a.c:(.text+0x0): first defined here",
    'make[1]: *** [scripts/Makefile.vmlinux_o:61: vmlinux.o] Error 1',
    'make: *** [Makefile:1212: vmlinux_o] Error 2',
  ]);
  assert.is(told.what, 'the kernel does not link: kloop_dup is defined more than once: net/mptcp/a.o, net/mptcp/b.c:1');
});

test('ld.lld: the lines that go on with an error stay with it', () => {
  const said = [
    'ld.lld: error: undefined symbol: kloop_missing',
    '>>> referenced by un.c:2 (/src/linux/net/mptcp/un.c:2)',
    '>>>               net/mptcp/un.o:(user_one) in archive vmlinux.a',
    '>>> referenced by un.c:3 (/src/linux/net/mptcp/un.c:3)',
    '>>>               net/mptcp/un.o:(user_two) in archive vmlinux.a',
    '',
    'ld.lld: error: duplicate symbol: kloop_dup',
    '>>> defined at a.c',
    '>>>            net/mptcp/a.o:(kloop_dup)',
    '>>> defined at b.c:1 (net/mptcp/b.c:1)',
    '>>>            net/mptcp/b.o:(.text+0x0)',
  ];
  const told = words([...said, ...vmlinuxFailed]);
  assert.is(told.what, 'the kernel does not link: kloop_missing is not defined, but used by user_one() in net/mptcp/un.o, user_two() in net/mptcp/un.o');
  assert.equal(told.why, ['Also: kloop_dup is defined more than once: net/mptcp/a.o, net/mptcp/b.o']);
  assert.equal(told.said, said.filter((line) => line !== ''));
});

test('what has no symbol to tell is a link that failed all the same, with the linker\'s words', () => {
  for (const line of [
    'ld: kernel image bigger than KERNEL_IMAGE_SIZE',
    'ld: section .data LMA [0000000000001004,0000000000001007] overlaps section .text LMA [0000000000001000,000000000000100e]',
    "ld: region `r' overflowed by 56 bytes",
    'ld:arch/x86/kernel/vmlinux.lds:0: syntax error',
    'ld.lld: error: section .text virtual address range overlaps with .data',
    "r.c:(.text+0x1): relocation truncated to fit: R_X86_64_32 against symbol `far' defined in *ABS* section in vmlinux",
    'FAILED: load BTF from vmlinux: No data available',
    'kallsyms failure: relative symbol value 0xffffffff81000000 out of range in relative mode',
  ]) {
    const told = words(['net/a.c:1:1: warning: unused', line, ...vmlinuxFailed]);
    assert.is(told.what, 'the kernel does not link', line);
    assert.equal(told.said, [line]);
  }
  const told = words(["`gone' referenced in section `.text.caller' of c.o: defined in discarded section `.exit.text' of c.o", ...vmlinuxFailed]);
  assert.is(told.what, 'the kernel does not link: gone is discarded by the linker, but used by .text.caller of c.o');
});

test("modpost: its warnings are what its error counts", () => {
  const said = [
    'WARNING: modpost: vmlinux.o: section mismatch in reference: runtime_user (section: .text) -> setup_it (section: .init.text)',
    'WARNING: modpost: vmlinux.o: section mismatch in reference: runtime_user (section: .text) -> init_num (section: .init.data)',
    'ERROR: modpost: Section mismatches detected.',
    'Set CONFIG_SECTION_MISMATCH_WARN_ONLY=y to allow them.',
  ];
  const make = ['make[1]: *** [scripts/Makefile.modpost:136: vmlinux.symvers] Error 1', 'make: *** [Makefile:1846: modpost] Error 2'];
  const others = ['net/a.c:3:1: warning: unused', 'ld: warning: x.o: missing .note.GNU-stack section implies executable stack'];
  const told = words([...others, ...said, ...make]);
  assert.is(told.what, 'the kernel does not link: section mismatch: runtime_user (.text) refers to setup_it (.init.text)');
  assert.equal(told.said, said);
});

test('modpost before 6.0 explains itself in bare words', () => {
  const said = [
    'WARNING: vmlinux.o(.text+0x12ab): Section mismatch in reference from the function runtime_user() to the function .init.text:setup_it()',
    'The function runtime_user() references',
    'the function __init setup_it().',
    'This is often because runtime_user lacks a __init ',
    'annotation or the annotation of setup_it is wrong.',
    '',
    'FATAL: modpost: Section mismatches detected.',
    'Set CONFIG_SECTION_MISMATCH_WARN_ONLY=y to allow them.',
  ];
  const told = words([...said, 'make[1]: *** [scripts/Makefile.modpost:66: vmlinux.symvers] Error 1']);
  assert.is(told.what, 'the kernel does not link: section mismatch: runtime_user() (.text) refers to setup_it() (.init.text)');
  assert.equal(told.said, said.filter((line) => line !== ''));
});

test('modpost: modules', () => {
  const make = ['make[1]: *** [scripts/Makefile.modpost:136: Module.symvers] Error 1'];
  assert.is(words(['ERROR: modpost: "nothere" [drivers/mod.ko] undefined!', ...make]).what, 'the kernel does not link: nothere is not defined, but used by drivers/mod.ko');
  const license = words(['ERROR: modpost: missing MODULE_LICENSE() in drivers/mod.o', ...make]);
  assert.is(license.what, 'the kernel does not link');
  assert.equal(license.said, ['ERROR: modpost: missing MODULE_LICENSE() in drivers/mod.o']);
});

test('objtool: what it says of the object that failed, and of no other', () => {
  const make = ['make[3]: *** [scripts/Makefile.build:250: net/mptcp/pm.o] Error 255', 'make: *** [Makefile:2013: .] Error 2'];
  const told = words(["net/mptcp/ctrl.o: warning: objtool: foo+0x1: return with modified stack frame", "net/mptcp/pm.o: warning: objtool: gelf_getehdr: invalid `Elf' handle", ...make]);
  assert.is(told.what, 'the kernel does not compile: net/mptcp/pm.o');
  assert.equal(told.said, ["net/mptcp/pm.o: warning: objtool: gelf_getehdr: invalid `Elf' handle"]);
});

test('the compiler: the warnings of the file that failed stand with its errors, those of others do not', () => {
  const lines = [
    'net/mptcp/b.c:3:9: warning: unused variable ‘x’ [-Wunused-variable]',
    'In file included from net/mptcp/a.c:1:',
    './include/net/x.h:7:1: warning: ‘struct sok’ declared inside parameter list',
    'net/mptcp/a.c:9:1: error: conflicting types for ‘f’',
    'make[3]: *** [scripts/Makefile.build:250: net/mptcp/a.o] Error 1',
  ];
  const told = words(lines);
  assert.is(told.what, 'the kernel does not compile: net/mptcp/a.o');
  assert.equal(told.said, lines.slice(1, 4));
});

test('a program or a library on the way is called by its name', () => {
  const told = words([
    "/usr/bin/ld: scripts/kconfig/conf.o: in function `main':", "conf.c:(.text+0x1): undefined reference to `nothing'",
    'collect2: error: ld returned 1 exit status', 'make[1]: *** [scripts/Makefile.host:112: scripts/kconfig/conf] Error 1',
  ]);
  assert.is(told.what, 'scripts/kconfig/conf does not link: nothing is not defined, but used by main() in scripts/kconfig/conf.o');
});

test('of more lines than are shown the errors stay', () => {
  const mismatches = Array.from({ length: 100 }, (_, i) => `WARNING: modpost: vmlinux.o: section mismatch in reference: f${i} (section: .text) -> s (section: .init.text)`);
  const { said = [] } = words([...mismatches, 'ERROR: modpost: Section mismatches detected.', 'make[1]: *** [scripts/Makefile.modpost:136: vmlinux.symvers] Error 1']);
  assert.is(said.length, 60);
  assert.is(said.at(-1), 'ERROR: modpost: Section mismatches detected.');
});

test.run();
