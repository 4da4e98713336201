import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { refreshed } from '../../../tasks/kernel/quick/thin-archive.ts';

const test = suite<{ dir: string }>('thin archives');
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  mkdirSync(join(context.dir, 'net'));
  compile(context.dir, 'net/a', 'int a(void) { return b(); } static int s; int *p = &s; int common[9];');
  compile(context.dir, 'net/an_object_with_a_long_name', 'int b(void) { return 2; } __attribute__((weak)) int w(void) { return 1; }');
  compile(context.dir, 'c', 'int c(void) { return 3; }');
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

function compile(dir: string, name: string, source: string): void {
  writeFileSync(join(dir, `${name}.c`), `int b(void);\n${source}\n`);
  execFileSync('gcc', ['-O1', '-c', '-o', `${name}.o`, `${name}.c`], { cwd: dir });
}
const shell = (dir: string, command: string) => execFileSync('sh', ['-c', command], { cwd: dir });
/** As Kbuild makes them: one in a directory, one of all, one of those with an index. */
const make = (dir: string) => shell(dir, `rm -f net/built-in.a built-in.a all.a
  printf "net/%s " a.o an_object_with_a_long_name.o | xargs ar cDPrST net/built-in.a
  ar cDPrST built-in.a net/built-in.a c.o
  ar cDPrsT all.a built-in.a`);
const changed = (dir: string, ...names: string[]) => new Map(names.map((name) => [join(dir, name), { size: statSync(join(dir, name)).size, read: () => readFileSync(join(dir, name)) }]));
const archives = [['net', 'net/built-in.a'], ['', 'built-in.a'], ['', 'all.a']] as const;

test('an object of another size: the archives are those that ar makes anew', ({ dir }) => {
  make(dir);
  const before = archives.map(([, path]) => readFileSync(join(dir, path)));
  compile(dir, 'net/a', 'int a(void) { return b() + b(); } static const char text[999] = "more"; int *p = (int *) text; int common[9];');
  const ours = archives.map(([at], i) => refreshed(before[i] as Buffer, join(dir, at), changed(dir, 'net/a.o')));
  make(dir);
  archives.forEach(([, path], i) => {
    assert.not((before[i] as Buffer).equals(readFileSync(join(dir, path))), path);
    assert.ok(ours[i]?.equals(readFileSync(join(dir, path))), path);
  });
});

test('another set of symbols is for ar, where there is an index', ({ dir }) => {
  make(dir);
  compile(dir, 'net/an_object_with_a_long_name', 'int b(void) { return 2; } int more(void) { return 1; }');
  const of = changed(dir, 'net/an_object_with_a_long_name.o');
  assert.is(refreshed(readFileSync(join(dir, 'all.a')), dir, of), undefined);
  assert.ok(refreshed(readFileSync(join(dir, 'built-in.a')), dir, of));
});

test('many objects changed: those with an index are for ar, which is quicker then', ({ dir }) => {
  const names = Array.from({ length: 50 }, (_, i) => `net/many${i}.o`);
  const makeOf = (size: number) => {
    for (const name of names) writeFileSync(join(dir, name), Buffer.concat([readFileSync(join(dir, 'c.o')), Buffer.alloc(size)]));
    shell(dir, `rm -f many.a indexed.a; ar cDPrST many.a ${names.join(' ')}; ar cDPrsT indexed.a ${names.join(' ')}`);
  };
  makeOf(0);
  const [plain, indexed] = ['many.a', 'indexed.a'].map((name) => readFileSync(join(dir, name))) as [Buffer, Buffer];
  makeOf(8);
  assert.ok(refreshed(plain, dir, changed(dir, ...names))?.equals(readFileSync(join(dir, 'many.a'))));
  assert.is(refreshed(indexed, dir, changed(dir, ...names)), undefined);
});

test('nothing of it changed, or it is no thin archive, or one that was cut off', ({ dir }) => {
  make(dir);
  const of = changed(dir, 'net/a.o');
  const archive = readFileSync(join(dir, 'built-in.a'));
  assert.is(refreshed(archive, dir, new Map()), undefined);
  assert.is(refreshed(archive, join(dir, 'elsewhere'), of), undefined);
  assert.is(refreshed(archive.subarray(0, archive.length - 20), dir, of), undefined);
  assert.is(refreshed(archive.subarray(0, 30), dir, of), undefined);
  assert.is(refreshed(readFileSync(join(dir, 'c.o')), dir, of), undefined);
  shell(dir, 'ar cDPrS thick.a net/a.o');
  assert.is(refreshed(readFileSync(join(dir, 'thick.a')), dir, of), undefined);
});

test.run();
