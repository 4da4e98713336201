import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { putTable } from '../../../tasks/kernel/quick/kallsyms.ts';

const test = suite<{ dir: string }>('kallsyms');
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  writeFileSync(join(context.dir, 'a.c'), 'extern const int table[]; const char text[5000] = "rodata"; const int *_start(void) { return table; }\n');
  execFileSync('gcc', ['-O1', '-g', '-fno-pic', '-c', 'a.c'], { cwd: context.dir });
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

/** A table as scripts/kallsyms writes it: numbers, one address that the linker fills in, numbers. */
function table(dir: string, name: string, numbers: readonly number[], name2 = 'table'): void {
  writeFileSync(join(dir, `${name}.S`), `.section .rodata, "a"\n.globl ${name2}\n.balign 8\n${name2}:\n${numbers.map((n) => `.long ${n}\n`).join('')}.globl base\nbase: .quad _start + 2\n.globl more\nmore:\n${numbers.map((n) => `.long ${n * 3}\n`).join('')}.section .note.GNU-stack, ""\n`);
  execFileSync('gcc', ['-c', `${name}.S`], { cwd: dir });
}
const link = (dir: string, output: string, objects: readonly string[], ...flags: string[]) => execFileSync('ld', ['--build-id=sha1', ...flags, '-o', output, 'a.o', ...objects], { cwd: dir });
const numbers = (first: number, count = 3000) => Array.from({ length: count }, (_, i) => first + i * 7);

for (const flags of [[], ['--build-id=md5'], ['--build-id=none'], ['--emit-relocs'], ['--strip-debug']]) {
  test(`the kernel that the linker makes of the other table, byte for byte: ld ${flags.join(' ')}`, ({ dir }) => {
    table(dir, 'old', numbers(5));
    table(dir, 'new', numbers(9));
    link(dir, 'kernel', ['old.o'], ...flags);
    link(dir, 'wanted', ['new.o'], ...flags);
    assert.not(readFileSync(join(dir, 'kernel')).equals(readFileSync(join(dir, 'wanted'))));
    assert.ok(putTable(join(dir, 'kernel'), join(dir, 'old.o'), join(dir, 'new.o')));
    assert.ok(readFileSync(join(dir, 'kernel')).equals(readFileSync(join(dir, 'wanted'))));
  });
}

const lld = /LLD (\d+)/.exec(spawnSync('ld.lld', ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1];
if (lld === undefined) console.log('# ld.lld: skipped, for lack of it');
for (const style of lld === undefined ? [] : ['sha1', 'md5']) {
  test(`the same by ld.lld ${lld}, with ${style}; from 15 on its hash is not known`, ({ dir }) => {
    execFileSync('gcc', ['-O1', `-Dtext=some[${3 << 20}] = "x", text`, '-fno-pic', '-c', 'a.c'], { cwd: dir });
    for (const [name, first] of [['old', 5], ['new', 9]] as const) {
      table(dir, name, numbers(first));
      execFileSync('ld.lld', [`--build-id=${style}`, '-o', `kernel-${name}`, 'a.o', `${name}.o`], { cwd: dir });
    }
    assert.is(putTable(join(dir, 'kernel-old'), join(dir, 'old.o'), join(dir, 'new.o')), Number(lld) < 15);
    if (Number(lld) < 15) assert.ok(readFileSync(join(dir, 'kernel-old')).equals(readFileSync(join(dir, 'kernel-new'))));
  });
}

for (const before of [(1 << 20) - 6000, (1 << 20) - 24_000, 3 << 20]) {
  test(`far into the kernel's data, after ${before} bytes`, ({ dir }) => {
    execFileSync('gcc', ['-O1', `-Dtext=some[${before}] = "x", text`, '-fno-pic', '-c', 'a.c'], { cwd: dir });
    table(dir, 'old', numbers(5));
    table(dir, 'new', numbers(9));
    link(dir, 'kernel', ['old.o']);
    link(dir, 'wanted', ['new.o']);
    assert.ok(putTable(join(dir, 'kernel'), join(dir, 'old.o'), join(dir, 'new.o')));
    assert.ok(readFileSync(join(dir, 'kernel')).equals(readFileSync(join(dir, 'wanted'))));
    // A second one like it: which is the table is not known.
    writeFileSync(join(dir, 'again.S'), readFileSync(join(dir, 'old.S'), 'utf8').replaceAll(/\.globl .*\n/g, ''));
    execFileSync('gcc', ['-c', 'again.S'], { cwd: dir });
    link(dir, 'twice', ['old.o', 'again.o']);
    assert.not(putTable(join(dir, 'twice'), join(dir, 'old.o'), join(dir, 'new.o')));
  });
}

test('left as it is where it has to be linked again', ({ dir }) => {
  table(dir, 'old', numbers(5));
  table(dir, 'new', numbers(9));
  table(dir, 'longer', numbers(9, 3002));
  table(dir, 'renamed', numbers(9), 'elbat');
  link(dir, 'kernel', ['old.o']);
  link(dir, 'unnamed', ['old.o'], '--build-id=uuid');
  link(dir, 'other', ['new.o']);
  const untouched = (kernel: string, wanted: string, why: string) => {
    copyFileSync(join(dir, kernel), join(dir, 'copy'));
    assert.not(putTable(join(dir, 'copy'), join(dir, 'old.o'), join(dir, wanted)), why);
    assert.ok(readFileSync(join(dir, 'copy')).equals(readFileSync(join(dir, kernel))), why);
  };
  untouched('kernel', 'longer.o', 'another size');
  untouched('kernel', 'renamed.o', 'other symbols');
  untouched('kernel', 'a.o', 'no table');
  untouched('other', 'new.o', 'the old table is not in it');
  untouched('unnamed', 'new.o', 'its build id is none of these hashes');
  assert.not(putTable(join(dir, 'missing'), join(dir, 'old.o'), join(dir, 'new.o')));
  assert.not(putTable(join(dir, 'kernel'), join(dir, 'missing.o'), join(dir, 'new.o')));
});

test.run();
