import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../../tasks/host/files.ts';
import { beginning, lastPackets, packetBlock } from '../../../tasks/machine/capture/pcapng.ts';
import { packet } from './packets.ts';

const file = Buffer.concat([beginning('wifi', { linkType: 1, snapLength: 256 }), ...[packet(1_700_000_000, 7, 61), packet(1_700_000_001, 999_999, 64)].map(packetBlock)]);

test('packets, their times in nanoseconds, their sizes, the name', () => {
  const blocks: Buffer[] = [];
  for (let at = 0; at < file.length; at += file.readUInt32LE(at + 4)) {
    const one = file.subarray(at, at + file.readUInt32LE(at + 4));
    assert.is(one.readUInt32LE(one.length - 4), one.length);
    blocks.push(one);
  }
  assert.equal(blocks.map((one) => one.readUInt32LE(0)), [0x0a0d0d0a, 1, 6, 6]);
  assert.match(blocks[1]?.toString('latin1') ?? '', 'wifi');
  const [first] = blocks.slice(2);
  assert.is((BigInt(first?.readUInt32LE(12) ?? 0) << 32n) + BigInt(first?.readUInt32LE(16) ?? 0), 1_700_000_000_000_007_000n);
  assert.equal([first?.readUInt32LE(20), first?.readUInt32LE(24)], [61, 1000]);
});

test('of many the last ones, of none, none; a last one that is cut off is left out; what is no such file', () => {
  const counts = (bytes: Buffer, most: number) => {
    const made = lastPackets(bytes, most);
    return [made?.packets, made?.dropped];
  };
  assert.equal([counts(file, 1e6), counts(file, 100), counts(file, 1), counts(file.subarray(0, -5), 1e6)], [[2, 0], [1, 1], [0, 2], [1, 0]]);
  assert.equal(lastPackets(file, 1e6)?.data, file);
  assert.is(lastPackets(Buffer.from('no capture at all'), 100), undefined);
});

const tshark = findProgram('tshark');
if (tshark !== undefined) test('tshark reads it', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  const path = join(dir, 'wifi.pcapng');
  writeFileSync(path, file);
  const ended = spawnSync(tshark, ['-r', path, '-T', 'fields', '-e', 'frame.time_epoch', '-e', 'frame.cap_len', '-e', 'frame.interface_name'], { encoding: 'utf8' });
  rmSync(dir, { recursive: true });
  assert.is(ended.stdout, '1700000000.000007000\t61\twifi\n1700000001.999999000\t64\twifi\n', ended.stderr);
});

test.run();
