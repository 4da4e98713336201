import { deflateSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withoutCpuNumbers } from '../../../tasks/machine/qemu/cpu-notes.ts';
import { addVmcoreinfo } from '../../../tasks/machine/qemu/vmcoreinfo.ts';
import { cpuNote } from './cpu-note.ts';

const test = suite('vmcoreinfo');
const block = 4096;

/** A kdump file with these pages, as QEMU makes it: a head, its second part, a bitmap's block, the pages' entries, notes, the pages. */
function kdump(pages: readonly string[]) {
  const packed = pages.map((text) => deflateSync(Buffer.concat([Buffer.from(text), Buffer.alloc(block - text.length)])));
  const table = 3 * block;
  const first = table + 24 * packed.length;
  let bytes = Buffer.alloc(first);
  bytes.write('KDUMP   ');
  for (const [i, value] of [block, 1, 1].entries()) bytes.writeUInt32LE(value, 428 + 4 * i);
  bytes.writeBigUInt64LE(BigInt(block + 104), block + 48);
  bytes.writeBigUInt64LE(8n, block + 56);
  bytes.write('oldnotes', block + 104);
  let at = first;
  packed.forEach((page, i) => {
    bytes.writeBigUInt64LE(BigInt(at), table + 24 * i);
    bytes.writeUInt32LE(page.length, table + 24 * i + 8);
    bytes.writeUInt32LE(1, table + 24 * i + 12);
    at += page.length;
  });
  bytes = Buffer.concat([bytes, ...packed]);
  return {
    size: bytes.length,
    bytes: () => bytes,
    read: (from: number, size: number) => bytes.subarray(from, from + size),
    write: (part: Buffer, to: number) => {
      bytes = Buffer.concat([bytes, Buffer.alloc(Math.max(0, to + part.length - bytes.length))]);
      part.copy(bytes, to);
    },
  };
}

const info = 'OSRELEASE=6.1.0-x\nPAGESIZE=4096\nSYMBOL(_stext)=ffffffff81000000\n';

test('what the kernel says of itself is found in its memory: a part of its own, and one of the notes', async () => {
  const file = kdump(['something', `no ${info}`, info, 'else']);
  assert.is(await addVmcoreinfo(file), true);
  const bytes = file.bytes();
  const part = (at: number, size: number) => bytes.subarray(Number(bytes.readBigUInt64LE(block + at)), Number(bytes.readBigUInt64LE(block + at) + bytes.readBigUInt64LE(block + size))).toString();
  assert.is(part(32, 40), info);
  const notes = part(48, 56);
  assert.ok(notes.startsWith('oldnotes'));
  assert.is(notes.length % 4, 0);
  assert.is(notes.slice(8), `\x0b\0\0\0${String.fromCharCode(info.length)}\0\0\0\0\0\0\0VMCOREINFO\0\0${info}${'\0'.repeat(-info.length & 3)}`);
  // And what reads uname's fields.
  assert.is(bytes.toString('latin1', 12, 17), 'Linux');
  assert.is(bytes.toString('latin1', 142, 151), '6.1.0-x\0\0');
  assert.is(await addVmcoreinfo({ ...file, size: bytes.length }), true);
  assert.is(file.bytes().length, bytes.length);
});

test('a kernel that says nothing', async () => {
  const file = kdump(['something', 'OSRELEASE=6.1.0-x\n']);
  const before = Buffer.from(file.bytes());
  assert.is(await addVmcoreinfo(file), false);
  assert.equal(file.bytes(), before);
});

test("the registers of its CPUs are noted without the CPUs' numbers", async () => {
  const file = kdump(['something']);
  const note = cpuNote('CORE', 1, 336, 7);
  const head = Buffer.alloc(16);
  head.writeBigUInt64LE(BigInt(file.size));
  head.writeBigUInt64LE(BigInt(note.length), 8);
  file.write(head, block + 48);
  file.write(note, file.size);
  await addVmcoreinfo(file);
  assert.equal(file.bytes().subarray(-note.length), withoutCpuNumbers(note));
  assert.not.equal(withoutCpuNumbers(note), note);
});

test.run();
