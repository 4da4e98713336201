import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildIdOf, elfHeader, elfNotes, elfSections, elfSegments, textAt, type ReadAt } from '../../tasks/host/elf.ts';
import { elf } from '../support/fixtures/elf.ts';

const readOf = (bytes: Buffer): ReadAt => (offset, size) => bytes.subarray(offset, offset + size);

/** A program with one segment. */
function program(): Buffer {
  const bytes = Buffer.alloc(64 + 56);
  bytes.write('\x7fELF\x02\x01', 'latin1');
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE(62, 18);
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(1, 56);
  bytes.writeUInt32LE(4, 64);
  bytes.writeBigUInt64LE(0x200n, 64 + 8);
  bytes.writeBigUInt64LE(40n, 64 + 32);
  return bytes;
}

test('the header: class, byte order, type and machine', () => {
  assert.equal(elfHeader(readOf(program())), { little64: true, type: 2, machine: 62 });
  const of32 = program();
  of32[4] = 1;
  assert.equal(elfHeader(readOf(of32)), { little64: false, type: 2, machine: 62 });
  // As in a file of s390 or a big MIPS.
  const big = program();
  big[5] = 2;
  big.writeUInt16BE(1, 16);
  big.writeUInt16BE(22, 18);
  assert.equal(elfHeader(readOf(big)), { little64: false, type: 1, machine: 22 });
});

test('what is no ELF file has no header and no tables', () => {
  for (const bytes of [Buffer.alloc(0), program().subarray(0, 63), Buffer.from('#!/bin/sh\n'.repeat(20))]) {
    assert.is(elfHeader(readOf(bytes)), undefined);
    assert.equal(elfSections(readOf(bytes)), []);
    assert.equal(elfSegments(readOf(bytes)), []);
  }
});

test('segments', () => {
  assert.equal(elfSegments(readOf(program())), [{ type: 4, offset: 0x200, size: 40 }]);
});

/** A program with these notes: owner, type, value. */
function withNotes(...notes: [owner: string, type: number, value: string, claimedSize?: number][]): Buffer {
  const all = notes.map(([owner, type, value, claimed]) => {
    const name = Buffer.from(`${owner}\0`);
    const head = Buffer.alloc(12);
    head.writeUInt32LE(name.length, 0);
    head.writeUInt32LE(claimed ?? value.length, 4);
    head.writeUInt32LE(type, 8);
    const pad = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
    return Buffer.concat([head, pad(name), pad(Buffer.from(value))]);
  });
  const bytes = Buffer.concat([program(), ...all]);
  bytes.writeBigUInt64LE(120n, 64 + 8);
  bytes.writeBigUInt64LE(BigInt(bytes.length - 120), 64 + 32);
  return bytes;
}

test('notes: owner, type, value; the build id is one of them', () => {
  const bytes = withNotes(['Xen', 18, 'abcde'], ['GNU', 3, '\x01\x02\x7f'], ['Linux', 1, '']);
  assert.equal(elfNotes(readOf(bytes)).map(({ owner, type, value }) => [owner, type, value.toString()]), [['Xen', 18, 'abcde'], ['GNU', 3, '\x01\x02\x7f'], ['Linux', 1, '']]);
  assert.is(buildIdOf(readOf(bytes)), '01027f');
  assert.is(buildIdOf(readOf(withNotes(['GNU', 1, 'x']))), undefined);
  assert.is(buildIdOf(readOf(Buffer.from('#!/bin/sh\n'))), undefined);
});

test('a note of a size that cannot be is the last one', () => {
  assert.equal(elfNotes(readOf(withNotes(['A', 1, 'x', 0xfffffff0], ['B', 2, 'y']))).map(({ owner }) => owner), ['A']);
});

test('sections, in order, by their names', () => {
  const found = elfSections(readOf(elf({ '.text': 'code', '.symtab': { type: 2, link: 1, bytes: Buffer.alloc(24) } })));
  assert.equal(found.slice(0, 3), [
    { type: 1, offset: 64, size: 0, link: 0, info: 0, address: 0n, name: '' },
    { type: 1, offset: 64, size: 4, link: 0, info: 0, address: 0n, name: '.text' },
    { type: 2, offset: 68, size: 24, link: 1, info: 0, address: 0n, name: '.symtab' },
  ]);
  assert.is(found[3]?.name, '.shstrtab');
});

test('of a table that was cut off nothing is read', () => {
  const whole = elf({ '.text': 'code' });
  assert.equal(elfSections(readOf(whole.subarray(0, -1))), []);
  assert.equal(elfSegments(readOf(program().subarray(0, -1))), []);
});

test('a text of a table ends at its NUL, or with the table', () => {
  const table = Buffer.from('\0one\0two');
  assert.equal([0, 1, 2, 5].map((start) => textAt(table, start)), ['', 'one', 'ne', 'two']);
});

test.run();
