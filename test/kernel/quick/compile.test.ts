import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Processes } from '../../../tasks/host/processes/process.ts';
import { parseCmdFile } from '../../../tasks/kernel/inputs/cmd-file.ts';
import { compile, constantsIn, longestFirst, objectScript } from '../../../tasks/kernel/quick/compile.ts';
import { isFailure } from '../../../tasks/report/failure.ts';

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

/** A build directory in which `offsets.s` is made beside `a.o`, by these commands. */
async function compiled(commands: { readonly constants: string; readonly object: string }): Promise<{ kind: unknown; left: string[] }> {
  const build = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  try {
    mkdirSync(join(build, 'scripts/basic'), { recursive: true });
    writeFileSync(join(build, 'scripts/basic/fixdep'), '#!/bin/sh\necho "cmd_$2 := $3"\n', { mode: 0o755 });
    writeFileSync(join(build, 'offsets.s'), '->N 1 N\n');
    writeFileSync(join(build, 'a.o'), 'old');
    const files = ['offsets.s', 'offsets.c', 'a.o', 'a.c'].map((name) => join(build, name));
    const entry = (target: number, command: string) => {
      const name = ['offsets.s', '', 'a.o'][target] ?? '';
      writeFileSync(join(build, `.${name}.cmd`), `cmd_${name} := ${command} -Wp,-MMD,.${name}.d\n\nsource_${name} := ${name.replace(/\w$/, 'c')}\n\ndeps_${name} := \\\n\n${name}: $(deps_${name})\n\n$(deps_${name}):\n`);
      return { path: join(build, `.${name}.cmd`), size: 1, mtimeMs: 1, target, source: target + 1, deps: new Uint16Array([target + 1]), broken: false };
    };
    const constants = [entry(0, commands.constants)];
    const objects = [{ entry: entry(2, commands.object), rule: { how: 'saved' as const, checkLocalExport: false } }];
    const done = await compile({
      index: { tree: { source: build, build }, files, entries: [] }, constants, objects, env: {}, keeps: true, jobs: 2,
      log: join(build, 'log'), busyFile: join(build, 'busy'), signal: new AbortController().signal, started: () => undefined,
    }, new Processes());
    return { kind: isFailure(done) ? done : done.kind, left: ['offsets.s', 'a.o'].filter((name) => existsSync(join(build, name))).map((name) => readFileSync(join(build, name), 'utf8').trim()) };
  } finally {
    rmSync(build, { recursive: true });
  }
}
/** Each waits for the other to have begun: they run side by side. */
const begun = (own: string, other: string) => `mkfifo ${own} ${other} 2> log.fifo; (echo > ${own}) & read x < ${other};`;

test('constants are made beside the objects; where they change, make goes on, also where an object failed for what they were', async () => {
  const constants = (value: number) => `sh -c '${begun('one', 'two')} echo "->N ${value} N" > offsets.s'`;
  const object = (then: string) => `sh -c '${begun('two', 'one')} ${then}'`;
  assert.equal(await compiled({ constants: constants(1), object: object('echo new > a.o') }), { kind: 'done', left: ['->N 1 N', 'new'] });
  assert.equal(await compiled({ constants: constants(2), object: object('echo new > a.o') }), { kind: 'not-understood', left: ['->N 2 N', 'new'] });
  assert.equal(await compiled({ constants: constants(2), object: object('exit 1') }), { kind: 'not-understood', left: ['->N 2 N'] });
  assert.equal(await compiled({ constants: constants(1), object: object('exit 1') }), { kind: 'failed', left: ['->N 1 N'] });
});

test.run();
