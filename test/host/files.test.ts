import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram, makeDirectories, readText, stampOf, writeIfDifferent, writeWhole } from '../../tasks/host/files.ts';
import { openState } from '../../tasks/graph/state.ts';
import { isFailure } from '../../tasks/report/failure.ts';

const test = suite<{ dir: string }>('files');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

test('a file that is not there is missing, and no time', ({ dir }) => {
  assert.is(stampOf(join(dir, 'none')), 'missing');
  assert.is(readText(join(dir, 'none')), undefined);
});

test('an unchanged content keeps its time', ({ dir }) => {
  const path = join(dir, 'f');
  assert.is(writeIfDifferent(path, 'x'), true);
  utimesSync(path, 5, 5);
  assert.is(writeIfDifferent(path, 'x'), false);
  assert.is(stampOf(path), 5000);
  assert.is(writeIfDifferent(path, 'y'), true);
  assert.is.not(stampOf(path), 5000);
});

test('a write that fails leaves the old file, and no other', ({ dir }) => {
  const path = join(dir, 'taken');
  mkdirSync(join(path, 'by a directory'), { recursive: true });
  assert.ok(isFailure(writeWhole(path, 'x')));
  assert.equal(readdirSync(dir), ['taken']);
});

test('directories are made with those above them; one that cannot be is an error, not an endless try', ({ dir }) => {
  makeDirectories(join(dir, 'a/b/c'));
  makeDirectories(join(dir, 'a/b/c'));
  makeDirectories(join(dir, 'a/.kloop/logs'));
  assert.throws(() => makeDirectories(join(dir, 'gone/.kloop/logs')), /ENOENT/);
  assert.not(existsSync(join(dir, 'gone')), 'a tree that was removed');
  assert.ok(statSync(join(dir, 'a/b/c')).isDirectory());
  writeFileSync(join(dir, 'file'), '');
  for (const path of ['/proc/x/y', join(dir, 'file'), join(dir, 'file/below')]) {
    assert.throws(() => makeDirectories(path), /ENOENT|EACCES|EEXIST|ENOTDIR/);
  }
});

test('programs are found on PATH and in the sbin directories; a directory is none', ({ dir }) => {
  mkdirSync(join(dir, 'prog'));
  assert.is(findProgram('prog', dir), undefined);
  rmSync(join(dir, 'prog'), { recursive: true });
  writeFileSync(join(dir, 'prog'), '', { mode: 0o755 });
  assert.is(findProgram('prog', dir), join(dir, 'prog'));
  assert.is(findProgram(join(dir, 'prog')), join(dir, 'prog'));
});

test("the file clock is the file system's: what is written later is not older", ({ dir }) => {
  const world = openState({ dir: join(dir, 'state'), runName: 'x' });
  const clock = world.fileClock();
  writeFileSync(join(dir, 'later'), '');
  assert.ok(!isFailure(clock) && statSync(join(dir, 'later')).mtimeMs >= clock);
});

test('a record comes back; a broken one is none; other keys have their own', ({ dir }) => {
  const { records } = openState({ dir, runName: 'x' });
  const record = { startedMs: 1.5, recipe: 'r', finished: true, details: { a: [1] } };
  assert.is(records.write('kernel', '/tree', record), undefined);
  assert.equal(records.read('kernel', '/tree'), record);
  assert.is(records.read('kernel', '/other'), undefined);
  const [file] = readdirSync(join(dir, 'records'));
  writeFileSync(join(dir, 'records', file ?? ''), '{"half');
  assert.is(records.read('kernel', '/tree'), undefined);
});

test('old logs go, the newest stay', ({ dir }) => {
  const world = openState({ dir, runName: 'x' });
  mkdirSync(join(dir, 'logs'));
  for (let i = 10; i < 40; i++) writeFileSync(join(dir, 'logs', `kernel-202601${i}-000000-1.log`), '');
  writeFileSync(join(dir, 'logs', 'config-20200101-000000-1.log'), '');
  world.logFor('kernel');
  const left = readdirSync(join(dir, 'logs')).sort();
  assert.is(left.length, 10); // nine of the kernel's: the tenth is about to be written
  assert.is(left[0], 'config-20200101-000000-1.log');
  assert.is(left[1], 'kernel-20260131-000000-1.log');
});

test.run();
