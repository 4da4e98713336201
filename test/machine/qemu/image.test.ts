import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ReadAt } from '../../../tasks/host/elf.ts';
import { vmlinux } from '../../support/fixtures/vmlinux.ts';
import { classifyImage } from '../../../tasks/machine/qemu/image.ts';

const readOf = (bytes: Buffer): ReadAt => (offset, size) => bytes.subarray(offset, offset + size);

function bzImage(flags = 1, version = 0x20f): Buffer {
  const bytes = Buffer.alloc(0x4000);
  bytes.write('HdrS', 0x202, 'latin1');
  bytes.writeUInt16LE(version, 0x206);
  bytes.writeUInt16LE(0x3000, 0x20e);
  bytes.writeUInt16LE(flags, 0x236);
  bytes.write('6.1.0-test (me@here) #1\0', 0x3200, 'latin1');
  return bytes;
}

test('a vmlinux with the PVH note, and one without', () => {
  assert.equal(classifyImage(readOf(vmlinux())), { kind: 'vmlinux', pvh: true });
  assert.equal(classifyImage(readOf(vmlinux({ noteType: 17 }))), { kind: 'vmlinux', pvh: false });
  assert.equal(classifyImage(readOf(vmlinux({ owner: 'Zen' }))), { kind: 'vmlinux', pvh: false });
});

test('a bzImage tells its release', () => {
  assert.equal(classifyImage(readOf(bzImage())), { kind: 'bzImage', release: '6.1.0-test' });
});

test('what cannot be booted is told apart', () => {
  const wrong = (bytes: Buffer) => {
    const found = classifyImage(readOf(bytes));
    return 'wrong' in found ? found.wrong : found.kind;
  };
  assert.is(wrong(vmlinux({ machine: 183 })), 'other-architecture');
  assert.is(wrong(vmlinux({ machine: 3 })), 'is-32-bit');
  assert.is(wrong(vmlinux({ type: 1 })), 'not-a-kernel');
  assert.is(wrong(vmlinux({ segment: 3 })), 'not-a-kernel');
  assert.is(wrong(bzImage(0)), 'is-32-bit');
  const arm = Buffer.alloc(0x400);
  arm.write('ARM\x64', 0x38, 'latin1');
  assert.is(wrong(arm), 'other-architecture');
  assert.is(wrong(Buffer.from('#!/bin/sh\n'.repeat(200))), 'not-a-kernel');
  assert.is(wrong(Buffer.alloc(0)), 'not-a-kernel');
});

test.run();
