import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseCmdFile } from '../../../tasks/kernel/inputs/cmd-file.ts';
import { constantsIn, longestFirst, objectScript } from '../../../tasks/kernel/quick/compile.ts';

const text = `cmd_net/a.o := gcc -Wp,-MMD,net/.a.o.d -DN='"a"' -DD='$$x' -c -o net/a.o net/a.c ; ./objtool net/a.o

source_net/a.o := net/a.c

deps_net/a.o := \\
  net/x.h \\

net/a.o: $(deps_net/a.o)

$(deps_net/a.o):

net/a.o: $(wildcard ./objtool)
`;

test('the command, fixdep, the kept line, the rename, the check; quotes and dollars as they were', () => {
  const parsed = parseCmdFile(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  assert.is(objectScript(parsed, '/b/net/.a.o.cmd', true), [
    'set -e',
    `gcc -Wp,-MMD,net/.a.o.d -DN='"a"' -DD='$x' -c -o net/a.o net/a.c ; ./objtool net/a.o`,
    `scripts/basic/fixdep net/.a.o.d net/a.o 'gcc -Wp,-MMD,net/.a.o.d -DN='\\''"a"'\\'' -DD='\\''$$x'\\'' -c -o net/a.o net/a.c ; ./objtool net/a.o' > /b/net/.kloop-a.o.cmd`,
    `printf '\\n%s\\n' 'net/a.o: $(wildcard ./objtool)' >> /b/net/.kloop-a.o.cmd`,
    'rm -f net/.a.o.d',
    'mv /b/net/.kloop-a.o.cmd /b/net/.a.o.cmd',
    'if grep -q __ksymtab_ net/a.o; [ $? -ne 1 ]; then "$srctree/scripts/check-local-export" net/a.o; fi',
  ].join('\n'));
});

test('a command without a trace is not understood', () => {
  const parsed = parseCmdFile('cmd_net/a.o := gcc -c -o net/a.o net/a.c\n');
  if (typeof parsed === 'string') throw new Error(parsed);
  assert.is(objectScript(parsed, '/b/net/.a.o.cmd', false), undefined);
});

test("the lines of a header's constants, as gcc and clang print them, and nothing that only moves", () => {
  const lines = (name: string, value: number) => `\t.file "${name}"\n# 1 "a.c" 1\n\t.ascii "->TASK_threadsp $${value} offsetof(struct task_struct, thread.sp)"\n\t.ascii "->"\n.Ltext0:\n`;
  assert.is(constantsIn(lines('a.c', 8)), '.ascii "->TASK_threadsp $8 offsetof(struct task_struct, thread.sp)"\n.ascii "->"');
  assert.is(constantsIn(lines('a.c', 8)), constantsIn(lines('b.c', 8)));
  assert.is.not(constantsIn(lines('a.c', 8)), constantsIn(lines('a.c', 16)));
  assert.is(constantsIn('\n->NR 5 __NR\n'), '->NR 5 __NR', 'before 4.6, without .ascii');
});

test('the longest compilation begins first; a directory counts as one', () => {
  const sizes = new Map([['a.o', 10], ['b.o', 40], ['c/1.o', 30], ['c/2.o', 20]]);
  const jobs = [{ targets: ['a.o'] }, { targets: ['lost.o'] }, { targets: ['b.o'] }, { targets: ['c/1.o', 'c/2.o'] }];
  const look = (path: string) => { const size = sizes.get(path); return size === undefined ? undefined : { mtimeMs: 1, size }; };
  assert.equal(longestFirst(jobs, look).map(({ targets }) => targets[0]), ['c/1.o', 'b.o', 'a.o', 'lost.o']);
});

test.run();
