/** With a real compiler and linker: what they make is what must be read. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { codeFile, hasLines, isSameCode, namedFunction, sourceNames, type CodeFile } from '../../tasks/decode/code.ts';

const place = mkdtempSync(join(tmpdir(), 'kloop-code-'));
test.after(() => rmSync(place, { recursive: true, force: true }));

function compiled(name: string, source: string, ...flags: string[]): string {
  const path = join(place, `${name}.o`);
  writeFileSync(join(place, `${name}.c`), source);
  execFileSync('gcc', ['-O2', '-fno-pie', '-mcmodel=kernel', '-fcf-protection=none', ...flags, '-c', '-o', path, join(place, `${name}.c`)]);
  return path;
}

function fileOf(path: string): CodeFile {
  const bytes = readFileSync(path);
  return codeFile((offset, size) => bytes.subarray(offset, offset + size));
}

const one = 'extern int far(int); static int __attribute__((noinline)) near(int a) { return far(a) * 3; }\nint here(int a) { return near(a + 1) + near(a); }\n';
const two = 'int far(int a) { return a * 5; }\nstatic int __attribute__((noinline)) last(int a) { return a ^ 77; }\nint there(int a) { return last(a) + far(a); }\n';
const linked = join(place, 'linked');

test('a function is found in what it was linked into, byte for byte, where it was compiled with lines, too', () => {
  const objects = [compiled('one', one), compiled('two', two)];
  execFileSync('ld', ['-o', linked, '-Ttext=0xffffffff81000000', '-e', 'here', ...objects]);
  const whole = fileOf(linked);
  const withLines = fileOf(compiled('one', one, '-g'));
  assert.ok(hasLines(withLines));
  assert.not(hasLines(whole));
  for (const name of ['here', 'near']) {
    const [own, there] = [withLines, whole].map((file) => file.functions.find((symbol) => symbol.name === name));
    assert.ok(own !== undefined && there !== undefined && isSameCode(withLines, own, whole, there), name);
  }
});

test('another code, or another function, is not the same', () => {
  const whole = fileOf(linked);
  const there = whole.functions.find((symbol) => symbol.name === 'near');
  const changed = fileOf(compiled('one', one.replace('* 3', '* 7')));
  const own = changed.functions.find((symbol) => symbol.name === 'near');
  const other = fileOf(compiled('two', two)).functions.find((symbol) => symbol.name === 'last');
  assert.ok(there !== undefined && own !== undefined && other !== undefined);
  assert.not(isSameCode(changed, own, whole, there));
  assert.not(isSameCode(fileOf(join(place, 'two.o')), other, whole, there));
});

test('a frame names one function, by its name and its size', () => {
  const whole = fileOf(linked);
  const size = whole.functions.find((symbol) => symbol.name === 'near')?.size ?? 0;
  assert.is(namedFunction(whole, { function: 'near', size: size + 3 })?.name, 'near');
  assert.is(namedFunction(whole, { function: 'near', size: size - 1 }), undefined);
  assert.is(namedFunction(whole, { function: 'near', size: size + 4000 }), undefined);
  const near = whole.functions.find((symbol) => symbol.name === 'near');
  const twice = { ...whole, functions: near === undefined ? [] : [near, near] };
  assert.is(namedFunction(twice, { function: 'near', size }), undefined);
});

test('the files that a function may be from', () => {
  const whole = fileOf(linked);
  const named = (name: string) => {
    const symbol = whole.functions.find((one_) => one_.name === name);
    return symbol === undefined ? [] : sourceNames(whole, symbol);
  };
  assert.equal(named('near'), ['one.c']);
  assert.equal(named('here'), ['one.c', 'two.c']);
  assert.ok(named('there').includes('two.c'));
});

test('a file that is not ELF has no functions', () => {
  assert.equal(codeFile(() => Buffer.alloc(0)).functions, []);
});

test.run();
