import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Tools } from '../../tasks/bench/tools.ts';
import { findVirtmeNg } from '../../tasks/bench/virtme-ng.ts';
import { write } from '../support/little-kernel.ts';

const path = process.env['PATH'];
const test = suite<{ dir: string }>('virtme-ng');
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  writeFileSync(join(context.dir, 'vng'), '#!/bin/sh\n', { mode: 0o755 });
  process.env['PATH'] = `${context.dir}:${path ?? ''}`;
});
test.after.each(({ dir }) => {
  process.env['PATH'] = path;
  rmSync(dir, { recursive: true });
});

/** What is run, and how: each command ends as the next of `ends` says. */
async function boot(dir: string, bare: string, ends: readonly string[]) {
  const ran: (readonly string[])[] = [];
  const run = (argv: readonly string[]) => {
    ran.push(argv.slice(1, -2));
    const end = ends[ran.length - 1] ?? '';
    return end === '' ? Promise.resolve() : Promise.reject(new Error(end));
  };
  const vng = findVirtmeNg(bare, true);
  if (typeof vng === 'string') throw new Error(vng);
  const failed = await vng.boot({ run } as unknown as Tools, { source: dir, build: dir }).then(() => undefined, (error: unknown) => error as Error);
  return { ran, failed: failed?.message };
}

test('a kernel without virtiofs is given 9p; emulation has to be named', async ({ dir }) => {
  const image = join(dir, 'arch/x86/boot/bzImage');
  assert.equal(await boot(dir, 'qemu -accel kvm', []), { ran: [['--force-9p', '--run', image]], failed: undefined });
  write(join(dir, '.config'), 'CONFIG_VIRTIO_FS=y\n');
  assert.equal((await boot(dir, 'qemu -accel tcg', [])).ran, [['--disable-kvm', '--run', image]]);
});

test('where it fails, the kernel is heard', async ({ dir }) => {
  const { ran, failed } = await boot(dir, 'qemu -accel kvm', ['status 255', 'VFS: Unable to mount root fs']);
  assert.is(ran.length, 2);
  assert.ok(ran[1]?.includes('--verbose'));
  assert.is(failed, 'VFS: Unable to mount root fs');
  assert.is((await boot(dir, 'qemu -accel kvm', ['status 255', ''])).failed, 'status 255');
});

test('where it cannot run a command, it is said beforehand', ({ dir }) => {
  const none = findVirtmeNg('qemu', false);
  assert.ok(typeof none === 'string' && none.includes('without udev'));
  rmSync(join(dir, 'vng'));
  process.env['PATH'] = dir;
  assert.is(findVirtmeNg('qemu', true), 'vng is not installed');
});

test.run();
