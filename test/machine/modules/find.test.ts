import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findKernel, modulesOf } from '../../../tasks/machine/modules/find.ts';
import { machineFailure } from '../../../tasks/machine/reasons.ts';
import { write } from '../../support/little-kernel.ts';

const test = suite<{ dir: string }>('find kernels');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

/** A host with Debian's 6.1.0-25 and 6.12.1, and Arch's 6.11.2-arch1-1. */
function host(dir: string, release = '6.1.0-25-amd64') {
  write(join(dir, 'boot/vmlinuz-6.1.0-25-amd64'), '');
  write(join(dir, 'boot/vmlinuz-6.12.1'), '');
  write(join(dir, 'boot/vmlinuz-linux-lts'), '');
  write(join(dir, 'modules/6.11.2-arch1-1/vmlinuz'), '');
  for (const one of ['6.1.0-25-amd64', '6.12.1']) mkdirSync(join(dir, 'modules', one), { recursive: true });
  return { boot: join(dir, 'boot'), modules: join(dir, 'modules'), release };
}

test('a path is a path', ({ dir }) => {
  assert.is(findKernel('boot/vmlinuz-6.12.1', dir, host(dir)), join(dir, 'boot/vmlinuz-6.12.1'));
  assert.is(findKernel('/a/vmlinux', dir, host(dir)), '/a/vmlinux');
});

test("the host's kernel, in /boot or beside its modules", ({ dir }) => {
  assert.is(findKernel('host', '/', host(dir)), join(dir, 'boot/vmlinuz-6.1.0-25-amd64'));
  assert.is(findKernel('host', '/', host(dir, '6.11.2-arch1-1')), join(dir, 'modules/6.11.2-arch1-1/vmlinuz'));
});

test('an installed one, by the beginning of its release', ({ dir }) => {
  assert.is(findKernel('installed:6.1', '/', host(dir)), join(dir, 'boot/vmlinuz-6.1.0-25-amd64'));
  assert.is(findKernel('installed:6.11', '/', host(dir)), join(dir, 'modules/6.11.2-arch1-1/vmlinuz'));
  assert.is(findKernel('installed:6.12.1', '/', host(dir)), join(dir, 'boot/vmlinuz-6.12.1'));
});

test('what is not there is said, with what is', ({ dir }) => {
  const why = (text: string, release?: string) => {
    const found = findKernel(text, '/', host(dir, release));
    assert.ok(machineFailure.is(found, 'kernel-named'), text);
    assert.equal(found.detail.installed, ['6.1.0-25-amd64', '6.11.2-arch1-1', '6.12.1']);
    return found.detail.why;
  };
  assert.is(why('installed:5.10'), 'no such kernel is installed');
  assert.is(why('installed:6'), '3 installed kernels match');
  assert.is(why('installed:'), 'it has no version');
  assert.match(why('host', '4.4.0'), 'its image is neither in');
});

test("modules: an unpacked package's own before the system's", ({ dir }) => {
  const places = host(dir);
  const image = join(dir, 'package/boot/vmlinuz-6.12.1');
  assert.is(modulesOf(image, '6.12.1', places), join(dir, 'modules/6.12.1'));
  mkdirSync(join(dir, 'package/lib/modules/6.12.1'), { recursive: true });
  assert.is(modulesOf(image, '6.12.1', places), join(dir, 'package/lib/modules/6.12.1'));
  assert.is(modulesOf(join(dir, 'modules/6.11.2-arch1-1/vmlinuz'), '6.11.2-arch1-1', places), join(dir, 'modules/6.11.2-arch1-1'));
  assert.is(modulesOf(image, '5.4.0', places), undefined);
});

test.run();
