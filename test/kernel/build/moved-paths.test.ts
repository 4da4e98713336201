import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildPathIn, sourcePathIn, withRenames } from '../../../tasks/kernel/build/moved-paths.ts';

// As tools/build of 6.1 writes it, shortened.
const check = `cmd_/old/linux/tools/objtool/check.o := gcc -Wp,-MD,/old/linux/tools/objtool/.check.o.d -Wp,-MT,/old/linux/tools/objtool/check.o -I/old/linux/tools/include -D"BUILD_STR(s)=$(pound)s" -c -o /old/linux/tools/objtool/check.o check.c

source_/old/linux/tools/objtool/check.o := check.c

deps_/old/linux/tools/objtool/check.o := \\
  /usr/include/stdc-predef.h \\
  /old/linux/tools/include/linux/kernel.h \\

/old/linux/tools/objtool/check.o: $(deps_/old/linux/tools/objtool/check.o)

$(deps_/old/linux/tools/objtool/check.o):
`;

test("a .cmd file below tools/ says where the build directory was", () => {
  assert.is(buildPathIn(check, 'tools/objtool/check.o'), '/old/linux');
  assert.is(buildPathIn(check.replaceAll('cmd_', 'savedcmd_'), 'tools/objtool/check.o'), '/old/linux');
  // fixdep itself is compiled before there is one: the command stands last.
  assert.is(buildPathIn(`# cannot find fixdep (/old/linux/tools/objtool//fixdep)\n# using basic dep data\n\n\ncmd_/old/linux/tools/objtool/fixdep.o := gcc -c\n`, 'tools/objtool/fixdep.o'), '/old/linux');
  assert.is(buildPathIn(check, 'tools/objtool/elf.o'), undefined);
  assert.is(buildPathIn('cmd_check.o := gcc -c\n', 'tools/objtool/check.o'), undefined);
});

test('an object in a build directory says where the source was', () => {
  assert.is(sourcePathIn('savedcmd_init/main.o := gcc\n\nsource_init/main.o := /old/linux/init/main.c\n'), '/old/linux');
  assert.is(sourcePathIn('cmd_init/main.o := gcc\n\nsource_init/main.o := ../init/main.c\n'), undefined);
  assert.is(sourcePathIn('cmd_init/main.o := gcc\n\nsource_init/main.o := init/main.c\n'), undefined);
});

test('every path of the old tree is put right, and no other', () => {
  const right = withRenames(check, new Map([['/old/linux', '/srv/new tree'.replace(' ', '-')]]));
  assert.is(right, check.replaceAll('/old/linux', '/srv/new-tree'));
  for (const other of ['-I/old/linux-6.2/include', '-I/very/old/linux/include', '/old/linux.orig/a.c', 'x/old/linux/a.c', '/oldxlinux/a.c']) {
    assert.is(withRenames(other, new Map([['/old/linux', '/new']])), other);
  }
  for (const [old, now] of [
    ['-I /old/linux', '-I /new'], ['-fmacro-prefix-map=/old/linux/=', '-fmacro-prefix-map=/new/='], ['"/old/linux"', '"/new"'],
    ['@/old/linux/x', '@/new/x'], ["-DA='/old/linux/a'", "-DA='/new/a'"], ['-L/old/linux/lib', '-L/new/lib'], ['cd /old/linux; ls', 'cd /new; ls'],
  ] as const) assert.is(withRenames(old, new Map([['/old/linux', '/new']])), now);
});

test('a build directory within its source, or the other way round: each path goes to its own', () => {
  const both = new Map([['/old/linux', '/src'], ['/old/linux/build', '/build']]);
  assert.is(withRenames('-I/old/linux/include -I/old/linux/build/include', both), '-I/src/include -I/build/include');
  const swapped = new Map([['/a', '/b'], ['/b', '/a']]);
  assert.is(withRenames('/a/x /b/y', swapped), '/b/x /a/y');
});

test.run();
