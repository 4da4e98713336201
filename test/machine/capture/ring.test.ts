import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { beginning, lastPackets, packetBlock } from '../../../tasks/machine/capture/pcapng.ts';
import { CaptureRing } from '../../../tasks/machine/capture/ring.ts';
import { packet } from './packets.ts';

const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
test.after(() => rmSync(dir, { recursive: true }));

const path = join(dir, 'wifi.pcapng');
const begin = beginning('wifi', { linkType: 1, snapLength: 256 });
const block = (second: number) => packetBlock(packet(second, 0, 100));
const count = (file: string) => lastPackets(readFileSync(file), 1e9)?.packets;

test('all of a few packets', () => {
  const ring = new CaptureRing(path, 10_000);
  ring.begin(begin);
  ring.add([block(1), block(2)]);
  ring.add([]);
  ring.end();
  assert.equal([readFileSync(path), ring.dropped, readdirSync(dir)], [Buffer.concat([begin, block(1), block(2)]), 0, ['wifi.pcapng']]);
});

test('of many the last ones, never more than the limit, in one file at the end', () => {
  const most = 4000;
  const ring = new CaptureRing(path, most);
  ring.begin(begin);
  const size = () => readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
  for (let second = 1; second <= 100; second += 4) {
    ring.add([0, 1, 2, 3].map((more) => block(second + more)));
    assert.ok(size() <= most, `${size()} bytes`);
    for (const name of readdirSync(dir)) assert.ok((count(join(dir, name)) ?? 0) > 0, `${name} can be read`);
  }
  ring.end();
  assert.equal(readdirSync(dir), ['wifi.pcapng']);
  const kept = count(path) ?? 0;
  assert.is(kept + ring.dropped, 100);
  assert.ok(kept * block(1).length > most / 2 - 200, `${kept} packets`);
  assert.is(readFileSync(path).indexOf(block(100)), readFileSync(path).length - block(100).length);
});

test('a later one takes the place of what a run left', () => {
  const left = new CaptureRing(path, 1000);
  left.begin(begin);
  for (let second = 0; second < 20; second++) left.add([block(second)]);
  assert.ok(existsSync(join(dir, 'wifi.older.pcapng')));
  new CaptureRing(path, 1000).end();
  assert.equal(readdirSync(dir), []);
});

test('a full disk', () => {
  const ring = new CaptureRing(path, 10_000);
  symlinkSync('/dev/full', path);
  assert.throws(() => ring.begin(begin), (error: Error) => 'code' in error && error.code === 'ENOSPC');
  ring.end();
});

test.run();
