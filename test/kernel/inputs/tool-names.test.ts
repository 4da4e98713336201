import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseCmdFile, type CmdFile } from '../../../tasks/kernel/inputs/cmd-file.ts';
import { wholeNames } from '../../../tasks/kernel/inputs/tool-names.ts';

const tree = { source: '/s', build: '/b' };
const files = new Set([
  '/s/tools/objtool/check.c', '/s/tools/objtool/elf.c', '/s/tools/lib/string.c', '/s/tools/lib/subcmd/help.c', '/s/tools/lib/subcmd/help.h',
  '/s/tools/lib/bpf/elf.c', '/s/tools/lib/bpf/help.c', '/s/tools/build/fixdep.c',
]);
const dirs = ['/s/tools/build', '/s/tools/lib/bpf', '/s/tools/lib/subcmd', '/s/tools/objtool'];
const compiled = (target: string, source: string, ...deps: string[]): CmdFile => ({ target, command: 'gcc', source, deps, extra: [] });
const from = (parsed: CmdFile) => {
  const { source, deps } = wholeNames(parsed, tree, dirs, (path) => files.has(path));
  return [source, ...deps];
};

test("an object's paths start where its make ran: above it, before anywhere else", () => {
  assert.equal(from(compiled('/b/tools/objtool/check.o', 'check.c', '/usr/include/stdio.h')), ['/s/tools/objtool/check.c', '/usr/include/stdio.h']);
  assert.equal(from(compiled('/b/tools/objtool/libstring.o', '../lib/string.c')), ['/s/tools/lib/string.c']);
  assert.equal(from(compiled('/b/tools/objtool/elf.o', 'elf.c')), ['/s/tools/objtool/elf.c']);
});

test('elsewhere: where all of its relative paths are files; of several all', () => {
  assert.equal(from(compiled('/b/tools/objtool/libsubcmd/help.o', 'help.c', 'help.h')), ['/s/tools/lib/subcmd/help.c', '/s/tools/lib/subcmd/help.h']);
  assert.equal(from(compiled('/b/tools/objtool/help.o', 'help.c')), ['/s/tools/lib/bpf/help.c', '/s/tools/lib/subcmd/help.c']);
});

test('where one of them is gone, the directory that has most of them', () => {
  assert.equal(from(compiled('/b/tools/objtool/help.o', 'help.c', 'help.h', 'gone.h')), ['/s/tools/lib/subcmd/help.c', '/s/tools/lib/subcmd/help.h', '/s/tools/lib/subcmd/gone.h']);
});

for (const name of ['/b/tools/objtool/fixdep.o', 'fixdep.o']) test(`fixdep's own list, as the compiler wrote it, of ${name}`, () => {
  const parsed = parseCmdFile(`# cannot find fixdep (/b/tools/objtool//fixdep)
# using basic dep data

${name}: \\
 fixdep.c /usr/include/stdc-predef.h \\
 /usr/include/features.h

cmd_/b/tools/objtool/fixdep.o := gcc -Wp,-MD,/b/tools/objtool/.fixdep.o.d -c -o /b/tools/objtool/fixdep.o fixdep.c
`);
  assert.ok(typeof parsed === 'object');
  assert.equal(from(parsed), ['/s/tools/build/fixdep.c', '/usr/include/stdc-predef.h', '/usr/include/features.h']);
});

test.run();
