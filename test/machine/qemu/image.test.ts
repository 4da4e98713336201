import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ReadAt } from '../../../tasks/host/elf.ts';
import { classifyImage } from '../../../tasks/machine/qemu/image.ts';

const readOf = (bytes: Buffer): ReadAt => (offset, size) => bytes.subarray(offset, offset + size);

/** An ELF header, one program header of this type, and a note. */
function elf({ machine = 62, type = 2, segment = 4, noteType = 18, owner = 'Xen' } = {}): Buffer {
  const bytes = Buffer.alloc(0x400);
  bytes.write('\x7fELF\x02\x01\x01', 'latin1');
  bytes.writeUInt16LE(type, 16);
  bytes.writeUInt16LE(machine, 18);
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(1, 56);
  bytes.writeUInt32LE(segment, 64);
  bytes.writeBigUInt64LE(0x200n, 72);
  bytes.writeBigUInt64LE(40n, 96);
  // A note of another kind comes first: the second must be found.
  bytes.writeUInt32LE(4, 0x200);
  bytes.writeUInt32LE(1, 0x204);
  bytes.writeUInt32LE(99, 0x208);
  bytes.write('GNU\0', 0x20c, 'latin1');
  bytes.writeUInt32LE(owner.length + 1, 0x214);
  bytes.writeUInt32LE(4, 0x218);
  bytes.writeUInt32LE(noteType, 0x21c);
  bytes.write(`${owner}\0`, 0x220, 'latin1');
  return bytes;
}

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
  assert.equal(classifyImage(readOf(elf())), { kind: 'vmlinux', pvh: true });
  assert.equal(classifyImage(readOf(elf({ noteType: 17 }))), { kind: 'vmlinux', pvh: false });
  assert.equal(classifyImage(readOf(elf({ owner: 'Zen' }))), { kind: 'vmlinux', pvh: false });
});

test('a bzImage tells its release', () => {
  assert.equal(classifyImage(readOf(bzImage())), { kind: 'bzImage', release: '6.1.0-test' });
});

test('what cannot be booted is told apart', () => {
  const wrong = (bytes: Buffer) => {
    const found = classifyImage(readOf(bytes));
    return 'wrong' in found ? found.wrong : found.kind;
  };
  assert.is(wrong(elf({ machine: 183 })), 'other-architecture');
  assert.is(wrong(elf({ machine: 3 })), 'is-32-bit');
  assert.is(wrong(elf({ type: 1 })), 'not-a-kernel');
  assert.is(wrong(elf({ segment: 3 })), 'not-a-kernel');
  assert.is(wrong(bzImage(0)), 'is-32-bit');
  const arm = Buffer.alloc(0x400);
  arm.write('ARM\x64', 0x38, 'latin1');
  assert.is(wrong(arm), 'other-architecture');
  assert.is(wrong(Buffer.from('#!/bin/sh\n'.repeat(200))), 'not-a-kernel');
  assert.is(wrong(Buffer.alloc(0)), 'not-a-kernel');
});

test.run();
