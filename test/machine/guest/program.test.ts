import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { programOf } from '../../../tasks/machine/guest/program.ts';

let dir: string;
test.before(() => {
  dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  for (const name of ['a', 'b', 'c']) mkdirSync(join(dir, name));
  const program = (path: string) => { writeFileSync(join(dir, path), ''); chmodSync(join(dir, path), 0o755); };
  program('b/here');
  program('c/here');
  program('c/only-c');
  writeFileSync(join(dir, 'a/here'), 'cannot be run');
  mkdirSync(join(dir, 'a/only-c'));
  symlinkSync(join(dir, 'nowhere'), join(dir, 'a/linked'));
  symlinkSync(join(dir, 'c/here'), join(dir, 'b/linked'));
});
test.after(() => rmSync(dir, { recursive: true }));

const found = (name: string | Buffer, ...path: string[]) => programOf({ argv: [name, 'more'], env: ['A=1', `PATH=${path.join(':')}`, 'B=2'] });
const all = () => ['a', 'none', 'b', 'c'].map((name) => join(dir, name));

test('the first that can be run, by the words of PATH', () => {
  assert.is(found('here', ...all()), join(dir, 'b/here'));
  assert.is(found('only-c', ...all()), join(dir, 'c/only-c'));
  assert.is(found('linked', ...all()), join(dir, 'b/linked'));
  assert.is(found('here', `${dir}//b/`), `${dir}//b//here`);
});

test('none, where it is not looked for, or depends on what is not known here', () => {
  assert.is(found('missing', ...all()), undefined);
  assert.is(found(join(dir, 'b/here'), ...all()), undefined);
  assert.is(found('here', '.', ...all()), undefined);
  assert.is(found('here', '', ...all()), undefined);
  assert.is(found(Buffer.from([0x66, 0xff]), ...all()), undefined);
  assert.is(programOf({ argv: ['here'], env: [] }), undefined);
  assert.is(programOf({ argv: [], env: ['PATH=/usr/bin'] }), undefined);
});

test.run();
