/** Real objects of the compiler's: what depmod reads of a module stands in any object. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listedAlike } from '../../../tasks/kernel/modules/alike.ts';

const test = suite<{ dir: string }>('alike');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const usual = 'static const char info[] __attribute__((section(".modinfo"), used)) = "alias=a"; int lacked(void); int had(int x) { return x + lacked(); }';

test('other code alone: alike', ({ dir }) => {
  const module = compiler(dir);
  assert.ok(listedAlike(module(usual), module(usual)));
  assert.ok(listedAlike(module(usual), module(usual.replace('x +', '7 * x + x *'))));
  // A signature stands at the end.
  assert.ok(listedAlike(Buffer.concat([module(usual), Buffer.from('~Module signature appended~\n')]), module(usual)));
});

test('another alias, another symbol, one that is lacked and no more had, one for itself alone: not alike', ({ dir }) => {
  const module = compiler(dir);
  for (const other of [
    usual.replace('alias=a', 'alias=b'), usual.replaceAll('lacked', 'wanted'), `${usual} int more(void) { return 1; }`,
    usual.replace('int lacked(void);', 'int lacked(void) { return 1; }'), usual.replace('int had', 'static __attribute__((used)) int had'),
  ]) assert.not(listedAlike(module(usual), module(other)), other);
});

test('what is none, or is cut off, is like nothing', ({ dir }) => {
  const whole = compiler(dir)(usual);
  for (const other of [Buffer.alloc(0), Buffer.from('text'), whole.subarray(0, 100), whole.subarray(0, whole.length - 200)]) {
    assert.not(listedAlike(whole, other));
    assert.not(listedAlike(other, other));
  }
});

function compiler(dir: string): (source: string) => Buffer {
  return (source) => {
    writeFileSync(join(dir, 'a.c'), source);
    execFileSync('gcc', ['-O1', '-c', '-o', join(dir, 'a.o'), join(dir, 'a.c')]);
    return readFileSync(join(dir, 'a.o'));
  };
}

test.run();
