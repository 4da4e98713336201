/** What kloop has made and something else has spoilt is made again: in words, and before anything is booted. */
import { execFileSync } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop } from './support/kloop.ts';
import { isLongRun, testIf } from './support/skip-unless.ts';

const tree = process.env['KLOOP_TEST_TREE'] ?? '';
const init = join(process.env['STATE_DIR'] ?? '', 'guest', 'init');
const vmlinux = join(tree, 'vmlinux');
const bzImage = join(tree, 'arch/x86/boot/bzImage');

/** Changes a file, and puts its old time back. */
function behindTheBack(path: string, change: () => void): void {
  const { atimeNs, mtimeNs } = statSync(path, { bigint: true });
  change();
  utimesSync(path, Number(atimeNs) / 1e9, Number(mtimeNs) / 1e9);
}

/** Zeroes from the middle on, at the same size: what a power cut leaves. */
function zeroHalf(path: string): void {
  const fd = openSync(path, 'r+');
  const { size } = fstatSync(fd);
  const half = Math.floor(size / 2);
  writeSync(fd, Buffer.alloc(size - half), 0, size - half, half);
  closeSync(fd);
}

const words = async (target: string) => {
  const rows = JSON.parse((await kloop(['plan', '--json', target])).stdout) as { target: string; freshness: string; words?: string }[];
  return rows.find((row) => row.target === target);
};

async function isSaid(target: string, path: string): Promise<void> {
  const row = await words(target);
  assert.is(row?.freshness, 'stale');
  assert.match(row?.words ?? '', `${path.slice(path.lastIndexOf('/') + 1)} was changed by something other than kloop`);
}

test.before(async () => {
  const up = await kloop(['vm', '--', 'true']);
  assert.is(up.status, 0, up.stderr);
  assert.is((await kloop(['kernel'])).status, 0);
});

const spoils = [
  ['cut short', (path: string) => truncateSync(path, 1000)],
  ['empty', (path: string) => truncateSync(path)],
  ['garbled', (path: string) => writeFileSync(path, 'no program at all')],
  ['half of it zeroes, time and size as they were', (path: string) => behindTheBack(path, () => zeroHalf(path))],
  ['cut short, and its time as it was', (path: string) => behindTheBack(path, () => truncateSync(path, 1000))],
] as const;
/** A vmlinux takes a link to come back, an init a boot. */
const onlyLong = new Set(["the guest's init, cut short", "the guest's init, empty", 'vmlinux, cut short', 'vmlinux, empty', 'vmlinux, garbled', 'vmlinux, cut short, and its time as it was']);
const it = (name: string, run: () => Promise<void>) => testIf(isLongRun || !onlyLong.has(name), test)(name, run);

for (const [how, spoil] of spoils) {
  it(`the guest's init, ${how}`, async () => {
    const before = readFileSync(init);
    spoil(init);
    await isSaid('guest', init);
    const ended = await kloop(['vm', '--', 'true']);
    assert.is(ended.status, 0, ended.stderr);
    assert.match(ended.stderr, 'init was changed by something other than kloop');
    assert.ok(readFileSync(init).equals(before));
    assert.is((await words('guest'))?.freshness, 'fresh');
  });

  it(`vmlinux, ${how}`, async () => {
    const { size } = statSync(vmlinux);
    spoil(vmlinux);
    await isSaid('kernel', vmlinux);
    const ended = await kloop(['vm', '--', 'true']);
    assert.is(ended.status, 0, ended.stderr);
    assert.ok(Math.abs(statSync(vmlinux).size - size) < 100_000);
    assert.is((await words('kernel'))?.freshness, 'fresh');
  });
}

testIf(isLongRun, test)('an older vmlinux, moved into the place of the newer', async () => {
  const older = statSync(vmlinux).mtimeMs / 1000 - 0.01;
  truncateSync(vmlinux, 100_000);
  utimesSync(vmlinux, older, older);
  await isSaid('kernel', vmlinux);
  const ended = await kloop(['vm', '--', 'true']);
  assert.is(ended.status, 0, ended.stderr);
});

test('bzImage, half of it zeroes, time and size as they were', async () => {
  // Of the vmlinux as it is now.
  assert.is((await kloop(['kernel'])).status, 0);
  const before = readFileSync(bzImage);
  behindTheBack(bzImage, () => zeroHalf(bzImage));
  await isSaid('image', bzImage);
  const ended = await kloop(['kernel']);
  assert.is(ended.status, 0, ended.stderr);
  assert.ok(readFileSync(bzImage).subarray(-5000).some((byte) => byte !== 0) && statSync(bzImage).size === before.length);
});

test('a vmlinux that make itself has linked by hand is taken for what it is', async () => {
  rmSync(vmlinux);
  execFileSync('make', ['-C', tree, 'vmlinux'], { stdio: 'ignore' });
  const { mtimeMs } = statSync(vmlinux);
  await isSaid('kernel', vmlinux);
  const ended = await kloop(['kernel', '--no-image']);
  assert.is(ended.status, 0, ended.stderr);
  assert.is(statSync(vmlinux).mtimeMs, mtimeMs);
});

test.run();
