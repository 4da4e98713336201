import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { symbolsPath } from '../../tasks/machine/qemu/symbols.ts';
import { KeptKernel } from '../../tasks/watch/kept-kernel.ts';

const test = suite<{ dir: string; built: string }>('kept kernel');
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'kloop-kept-'));
  context.built = join(context.dir, 'vmlinux');
  writeFileSync(context.built, 'one');
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

test('a later build leaves the kept kernel alone, until it is kept in its place', ({ dir, built }) => {
  const kept = new KeptKernel(join(dir, 'watch'));
  assert.is(kept.keep(built), undefined);
  rmSync(built);
  writeFileSync(built, 'half');
  assert.is(readFileSync(kept.path, 'utf8'), 'one');
  assert.is(kept.keep(built), undefined);
  assert.is(readFileSync(kept.path, 'utf8'), 'half');
  kept.clear();
  assert.equal(readdirSync(join(dir, 'watch')), []);
});

test('the same again is left as it is; cleared, it is kept again', ({ dir, built }) => {
  const kept = new KeptKernel(join(dir, 'watch'));
  assert.is(kept.keep(built), undefined);
  const { ctimeMs } = statSync(join(kept.path, '..'));
  assert.is(kept.keep(built), undefined);
  assert.is(statSync(join(kept.path, '..')).ctimeMs, ctimeMs);
  kept.clear();
  assert.is(kept.keep(built), undefined);
  assert.is(readFileSync(kept.path, 'utf8'), 'one');
});

test("a killed watch's is swept by the next; a living one's, and other files, stay", ({ dir, built }) => {
  const directory = join(dir, 'watch');
  mkdirSync(directory);
  const dead = spawnSync('true').pid; // it has ended, and was waited for
  for (const name of [`kernel-${dead}`, `kernel-${process.ppid}`, 'kernel-notes']) mkdirSync(join(directory, name));
  const kept = new KeptKernel(directory);
  assert.is(kept.keep(built), undefined);
  assert.equal(readdirSync(directory).sort(), ['kernel-notes', `kernel-${process.pid}`, `kernel-${process.ppid}`].sort());
});

test('the configuration is kept with it, and the symbols of a bzImage: where they are looked for', ({ dir, built }) => {
  const boot = join(dir, 'arch/x86/boot');
  mkdirSync(boot, { recursive: true });
  writeFileSync(join(boot, 'bzImage'), 'image');
  writeFileSync(join(dir, '.config'), 'CONFIG_X=y\n');
  const kept = new KeptKernel(join(dir, 'watch'));
  assert.is(kept.keep(join(boot, 'bzImage')), undefined);
  writeFileSync(join(dir, '.config'), '');
  assert.is(readFileSync(kept.path, 'utf8'), 'image');
  assert.is(readFileSync(symbolsPath(kept.path), 'utf8'), 'one');
  assert.is(readFileSync(join(dirname(symbolsPath(kept.path)), '.config'), 'utf8'), 'CONFIG_X=y\n');
  assert.is(kept.keep(built), undefined);
  assert.is(readFileSync(kept.path, 'utf8'), 'one');
});

test('which kernel it is, and its tree, are known of it as of a build directory', ({ dir, built }) => {
  mkdirSync(join(dir, 'include/config'), { recursive: true });
  writeFileSync(join(dir, 'include/config/kernel.release'), '6.1.9\n');
  const kept = new KeptKernel(join(dir, 'watch'));
  assert.is(kept.keep(built), undefined);
  const place = dirname(kept.path);
  assert.is(readFileSync(join(place, 'include/config/kernel.release'), 'utf8'), '6.1.9\n');
  assert.is(readlinkSync(join(place, 'source')), dir);
  assert.is(readlinkSync(join(place, 'build')), dir);
  for (const [link, tree] of [['/the/tree', '/the/tree'], ['..', dirname(dir)]] as const) {
    rmSync(join(dir, 'source'), { force: true });
    symlinkSync(link, join(dir, 'source'));
    assert.is(kept.keep(built), undefined);
    assert.is(readlinkSync(join(place, 'source')), tree);
  }
  kept.clear();
  assert.ok(existsSync(join(dir, 'include/config/kernel.release')));
});

test('a kernel that cannot be kept is a failure in words', ({ dir }) => {
  const failed = new KeptKernel(join(dir, 'watch')).keep(join(dir, 'none'));
  assert.is(failed?.detail.reason, 'file-error');
});

test.run();
