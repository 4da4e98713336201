import { mkdtempSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fingerprintOf, partsOf } from '../../tasks/host/fingerprint.ts';

let dir: string;
test.before.each(() => { dir = mkdtempSync(join(tmpdir(), 'kloop-fingerprint-')); });
test.after.each(() => rmSync(dir, { recursive: true }));

/** Changes a file, and puts its old time back. */
function behindTheBack(path: string, change: () => void): void {
  const { atime, mtime } = statSync(path);
  change();
  utimesSync(path, atime, mtime);
}

test('one byte of a small file counts', () => {
  const path = join(dir, 'init');
  const content = Buffer.alloc(900_000, 7);
  writeFileSync(path, content);
  const before = fingerprintOf(path);
  assert.equal(fingerprintOf(path), before);
  content[450_000] = 8;
  behindTheBack(path, () => writeFileSync(path, content));
  assert.not.equal(fingerprintOf(path)?.hash, before?.hash);
});

test('a large file that is zeroes from somewhere on is another', () => {
  const path = join(dir, 'vmlinux');
  const content = Buffer.alloc(20_000_001, 7);
  writeFileSync(path, content);
  const before = fingerprintOf(path);
  behindTheBack(path, () => writeFileSync(path, content.fill(0, 19_990_000)));
  const after = fingerprintOf(path);
  assert.is(after?.size, before?.size);
  assert.not.equal(after?.hash, before?.hash);
});

test('a file cut short is another, and what is no file is none', () => {
  const path = join(dir, 'init');
  writeFileSync(path, 'an init');
  const before = fingerprintOf(path);
  behindTheBack(path, () => truncateSync(path, 3));
  assert.not.equal(fingerprintOf(path), before);
  assert.is(fingerprintOf(join(dir, 'none')), undefined);
  assert.is(fingerprintOf(dir), undefined);
});

test('of a large file 64 pages are read, the first and the last among them', () => {
  const size = 400 * 2 ** 20 + 3;
  const parts = partsOf(size);
  assert.is(parts.length, 64);
  assert.equal(parts[0], [0, 4096]);
  assert.equal(parts[63], [size - 4096, 4096]);
  assert.equal(partsOf(0), [[0, 0]]);
});

test.run();
