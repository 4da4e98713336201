import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cmdPathOf, parseCmdFile, shellCommand, wordsOf } from '../../../tasks/kernel/inputs/cmd-file.ts';

const traced = (cmd: string) => `${cmd}_init/main.o := gcc -Wp,-MMD,init/.main.o.d -DX='"a$$b"' -c -o init/main.o init/main.c

source_init/main.o := init/main.c

deps_init/main.o := \\
    $(wildcard include/config/SMP) \\
  include/linux/kconfig.h \\
  ../src/include/linux/types.h \\

init/main.o: $(deps_init/main.o)

$(deps_init/main.o):

init/main.o: $(wildcard ./tools/objtool/objtool)
`;

test('a traced command gives target, source and files; configuration symbols are no files', () => {
  for (const cmd of ['cmd', 'savedcmd']) {
    const parsed = parseCmdFile(traced(cmd));
    if (typeof parsed === 'string') throw new Error(parsed);
    assert.is(parsed.target, 'init/main.o');
    assert.is(parsed.source, 'init/main.c');
    assert.equal(parsed.deps, ['include/linux/kconfig.h', '../src/include/linux/types.h']);
    assert.equal(parsed.extra, ['init/main.o: $(wildcard ./tools/objtool/objtool)']);
  }
});

test('an untraced command is one line; without the space of newer trees, or with an empty line before, too', () => {
  for (const text of ['cmd_a.a := rm -f a.a; ar cDPrST a.a b.o\n', '\ncmd_a.a := rm -f a.a; ar cDPrST a.a b.o\n']) {
    const parsed = parseCmdFile(text);
    if (typeof parsed === 'string') throw new Error(parsed);
    assert.is(parsed.command, 'rm -f a.a; ar cDPrST a.a b.o');
    assert.is(parsed.source, undefined);
  }
});

test('a traced file that is cut off anywhere is told from a whole one; only lines after the trace may be lost', () => {
  const text = traced('cmd');
  const whole = text.indexOf('$(deps_init/main.o):\n') + '$(deps_init/main.o):\n'.length;
  for (let length = 0; length < text.length; length++) {
    const parsed = parseCmdFile(text.slice(0, length));
    if (length < whole) assert.is.not(typeof parsed, 'object', `cut at ${length}`);
  }
});

test('a compiler at the end of a pipe leaves no trace: lib-ksyms.o of 4.19 is whole in one line', () => {
  const command = 'objdump -h lib/lib.a | sed -ne x >lib/.lib-ksyms.o.lds; rm -f lib/.lib_exports.o; echo | gcc -Wp,-MD,lib/.lib-ksyms.o.d -nostdinc -c -o lib/.lib_exports.o -x assembler -; ld -r -o lib/lib-ksyms.o -T lib/.lib-ksyms.o.lds lib/.lib_exports.o';
  const parsed = parseCmdFile(`cmd_lib/lib-ksyms.o := ${command}\n`);
  if (typeof parsed === 'string') throw new Error(parsed);
  assert.is(parsed.command, command);
  assert.is(parseCmdFile('cmd_a.o := gcc -Wp,-MD,.a.o.d -c -o a.o a.c\n'), 'broken');
});

test('another file is foreign', () => {
  assert.is(parseCmdFile('# cannot find fixdep\n'), 'foreign');
});

test("make's escapes are resolved, quotes stay", () => {
  assert.is(shellCommand(`sed 's/ko$$/o/' -e '$(pound)x' \\#y`), `sed 's/ko$/o/' -e '#x' #y`);
});

test('the .cmd file lies beside its target', () => {
  assert.is(cmdPathOf('init/main.o'), 'init/.main.o.cmd');
  assert.is(cmdPathOf('vmlinux'), '.vmlinux.cmd');
});

test('words of a command that may be files; the members of an archive', () => {
  assert.equal(wordsOf('sh ./scripts/syscalltbl.sh --abis common,64 arch/x86/entry/syscalls/syscall_64.tbl > out/x.h'),
    ['./scripts/syscalltbl.sh', 'arch/x86/entry/syscalls/syscall_64.tbl', 'out/x.h']);
  assert.equal(wordsOf('rm -f net/built-in.a;  printf "net/%s " a.o 9p/built-in.a | xargs ar cDPrST net/built-in.a'),
    ['net/a.o', 'net/9p/built-in.a', 'net/built-in.a', 'net/built-in.a']);
  assert.equal(wordsOf('rm -f lib/lib.a; ar cDPrsT lib/lib.a lib/a.o'), ['lib/lib.a', 'lib/lib.a', 'lib/a.o']);
});

test.run();
