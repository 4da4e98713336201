import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pcapngOf } from '../../../tasks/evidence/gather/pcapng.ts';
import { findProgram } from '../../../tasks/host/files.ts';

const u32 = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);
const header = Buffer.concat([u32(0xa1b2c3d4), Buffer.from(Uint16Array.from([2, 4]).buffer), u32(0, 0, 256, 1)]);
/** An ARP request's length, and then some. */
const packet = (seconds: number, microseconds: number, size: number) => Buffer.concat([u32(seconds, microseconds, size, 1000), Buffer.alloc(size, 0xff)]);
const pcap = Buffer.concat([header, packet(1_700_000_000, 7, 61), packet(1_700_000_001, 999_999, 64)]);

test('packets, their times in nanoseconds, their sizes, the name; a last one that is not whole is left out', () => {
  const made = pcapngOf(Buffer.concat([pcap, packet(1, 1, 60).subarray(0, 40)]), { name: 'wifi', most: 1e6 });
  assert.equal([made?.packets, made?.dropped], [2, 0]);
  const data = made?.data ?? Buffer.alloc(0);
  const blocks: Buffer[] = [];
  for (let at = 0; at < data.length; at += data.readUInt32LE(at + 4)) {
    const one = data.subarray(at, at + data.readUInt32LE(at + 4));
    assert.is(one.readUInt32LE(one.length - 4), one.length);
    blocks.push(one);
  }
  assert.equal(blocks.map((one) => one.readUInt32LE(0)), [0x0a0d0d0a, 1, 6, 6]);
  assert.match(blocks[1]?.toString('latin1') ?? '', 'wifi');
  const [first] = blocks.slice(2);
  assert.is((BigInt(first?.readUInt32LE(12) ?? 0) << 32n) + BigInt(first?.readUInt32LE(16) ?? 0), 1_700_000_000_000_007_000n);
  assert.equal([first?.readUInt32LE(20), first?.readUInt32LE(24)], [61, 1000]);
});

test('of many the last ones; of none, none; what is no capture', () => {
  const made = pcapngOf(pcap, { name: 'wifi', most: 100 });
  assert.equal([made?.packets, made?.dropped], [1, 1]);
  assert.equal([pcapngOf(header, { name: 'wifi', most: 100 })?.packets, pcapngOf(pcap, { name: 'wifi', most: 1 })?.dropped], [0, 2]);
  assert.is(pcapngOf(Buffer.from('no capture'), { name: 'wifi', most: 100 }), undefined);
});

const tshark = findProgram('tshark');
if (tshark !== undefined) test('tshark reads it', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  const path = join(dir, 'wifi.pcapng');
  writeFileSync(path, pcapngOf(pcap, { name: 'wifi', most: 1e6 })?.data ?? '');
  const ended = spawnSync(tshark, ['-r', path, '-T', 'fields', '-e', 'frame.time_epoch', '-e', 'frame.cap_len', '-e', 'frame.interface_name'], { encoding: 'utf8' });
  rmSync(dir, { recursive: true });
  assert.is(ended.stdout, '1700000000.000007000\t61\twifi\n1700000001.999999000\t64\twifi\n', ended.stderr);
});

test.run();
