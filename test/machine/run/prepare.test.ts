import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isFailure, formatFailure } from '../../../tasks/report/failure.ts';
import { contradiction, readImage } from '../../../tasks/machine/run/prepare.ts';
import { plainRequest } from '../plain.ts';

test('contradictions are refused before anything starts', () => {
  assert.is(contradiction(plainRequest), undefined);
  assert.match(contradiction({ ...plainRequest, kernelOptions: ['a b'] })?.wrong ?? '', 'splits at spaces');
  assert.is(contradiction({ ...plainRequest, kernelOptions: ['dyndbg="file a +p"'] }), undefined);
  assert.match(contradiction({ ...plainRequest, rwDirs: ['/d'], clearDirs: ['/d'] })?.wrong ?? '', 'both writable');
});

test('a kernel that is none is worded', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  const words = (path: string): string => {
    const image = readImage(path);
    return isFailure(image) ? formatFailure(image) : 'a kernel';
  };
  try {
    writeFileSync(join(dir, 'text'), 'hello\n'.repeat(1000));
    assert.match(words(join(dir, 'text')), "isn't a kernel");
    assert.match(words(join(dir, 'none')), 'there is no kernel');
    assert.match(words(dir), "isn't a kernel: it is a directory");
    assert.match(words(process.execPath), "isn't a kernel");
    const arm = Buffer.alloc(0x400);
    arm.write('ARM\x64', 0x38, 'latin1');
    writeFileSync(join(dir, 'Image'), arm);
    assert.match(words(join(dir, 'Image')), /the VM is an x86-64 machine[\s\S]*Next: npm run vm /);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('a vmlinux without the PVH entry: the bzImage made from it is offered', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  const words = (): string => {
    const image = readImage(join(dir, 'vmlinux'));
    return isFailure(image) ? formatFailure(image) : 'a kernel';
  };
  const bzImage = join(dir, 'arch/x86/boot/bzImage');
  try {
    const vmlinux = Buffer.alloc(0x400); // an ELF header, and no program headers
    vmlinux.write('\x7fELF\x02\x01\x01', 'latin1');
    vmlinux.writeUInt16LE(2, 16);
    vmlinux.writeUInt16LE(62, 18);
    writeFileSync(join(dir, 'vmlinux'), vmlinux);
    assert.match(words(), /no PVH entry[\s\S]*Next: npm run kernel /);
    mkdirSync(dirname(bzImage), { recursive: true });
    writeFileSync(bzImage, '');
    utimesSync(join(dir, 'vmlinux'), 1000, 1000);
    utimesSync(bzImage, 1001, 1001);
    assert.match(words(), `Next: npm run vm -- --kernel ${bzImage}\n`);
    utimesSync(bzImage, 999, 999);
    assert.not.match(words(), '--kernel', 'it is an older kernel');
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
