import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildNumber, countBack, putNumberBack } from '../../../tasks/kernel/build/build-number.ts';

const test = suite<{ dir: string }>('build number');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

test('a build that counted is put back to what was there, or to nothing', ({ dir }) => {
  const file = join(dir, '.version');
  const none = buildNumber(dir);
  assert.is(none, undefined);
  writeFileSync(file, '1\n');
  const one = buildNumber(dir);
  writeFileSync(file, '2\n');
  putNumberBack(dir, one);
  assert.is(readFileSync(file, 'utf8'), '1\n');
  putNumberBack(dir, none);
  assert.not(existsSync(file));
});

test('counted back, the next link has the same number', ({ dir }) => {
  const file = join(dir, '.version');
  writeFileSync(file, '12\n');
  countBack(dir);
  assert.is(readFileSync(file, 'utf8'), '11\n');
  for (const text of ['1\n', 'x\n']) {
    writeFileSync(file, text);
    countBack(dir);
    assert.not(existsSync(file), text);
  }
});

test.run();
