import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isNewerThan, olderCompiler, olderNames } from '../../../tasks/kernel/make/older-compilers.ts';

const linux = (major: number, minor: number) => ({ major, minor, text: '' });

test('which compilers are newer than which trees', () => {
  assert.ok(isNewerThan(12, linux(4, 19)));
  assert.ok(isNewerThan(12, linux(5, 17)));
  assert.not(isNewerThan(12, linux(5, 18)));
  assert.not(isNewerThan(12, linux(6, 1)));
  assert.ok(isNewerThan(15, linux(6, 12)));
  assert.ok(isNewerThan(16, linux(6, 18)));
  assert.not(isNewerThan(4, linux(3, 14)));
});

test('the newest installed gcc that is not newer than the tree', () => {
  assert.is(olderCompiler(14, linux(5, 15), ['gcc-9', 'gcc-10', 'gcc-11', 'gcc-12', 'gcc-13']), 'gcc-11');
  assert.is(olderCompiler(12, linux(4, 19), ['gcc-7', 'gcc-8', 'gcc-11']), 'gcc-8');
});

test('where all are newer: the oldest, unless a clang is not', () => {
  assert.is(olderCompiler(12, linux(3, 14), ['gcc-10', 'gcc-11', 'gcc-12', 'clang-14']), 'gcc-10');
  assert.is(olderCompiler(14, linux(5, 15), ['gcc-12', 'gcc-13', 'clang-13', 'clang-14']), 'clang-13');
  assert.is(olderCompiler(13, linux(5, 8), ['gcc-12', 'clang-11']), 'gcc-12', 'clang from 5.9 on');
});

test('nothing better there: none', () => {
  assert.is(olderCompiler(12, linux(6, 1), ['gcc-11']), undefined);
  assert.is(olderCompiler(12, linux(4, 19), ['gcc-12', 'gcc-13']), undefined);
  assert.is(olderCompiler(12, linux(4, 19), []), undefined);
});

test('the names that are looked for', () => {
  for (const name of ['gcc-5', 'gcc-11', 'clang-14']) assert.ok(olderNames.includes(name));
});

test.run();
