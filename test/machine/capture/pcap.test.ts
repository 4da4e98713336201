import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PcapReader } from '../../../tasks/machine/capture/pcap.ts';
import { header, packet } from './packets.ts';

test('packets, however their bytes come', () => {
  const all = Buffer.concat([header, packet(1, 2, 61), packet(3, 4, 0), packet(5, 6, 100)]);
  for (const step of [1, 7, 24, 1000]) {
    const reader = new PcapReader();
    const packets: Buffer[] = [];
    for (let at = 0; at < all.length; at += step) packets.push(...reader.push(all.subarray(at, at + step)) ?? []);
    assert.equal(reader.header, { linkType: 1, snapLength: 256 });
    assert.equal(packets, [packet(1, 2, 61), packet(3, 4, 0), packet(5, 6, 100)], `${step} bytes each time`);
  }
});

test('one that is not whole waits; what is no capture', () => {
  const reader = new PcapReader();
  assert.equal(reader.push(header.subarray(0, 10)), []);
  assert.is(reader.header, undefined);
  assert.equal(reader.push(Buffer.concat([header.subarray(10), packet(1, 1, 60).subarray(0, 40)])), []);
  assert.is(new PcapReader().push(Buffer.alloc(24)), undefined);
});

test.run();
