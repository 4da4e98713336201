import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bannerIn } from '../../../tasks/evidence/gather/banner.ts';

const find = (bytes: Buffer) => bannerIn((offset, size) => bytes.subarray(offset, offset + size), bytes.length);
const banner = 'Linux version 6.1.0 (root@host) (gcc (Debian 12.2.0) 12.2.0) #1 SMP Thu Jan  1 00:00:00 UTC 1970';

test('the banner, to its end; a format for others is passed over', () => {
  assert.is(find(Buffer.from(`\0Linux version %s (%s)\n\0x\0${banner}\n\0more`)), banner);
});

test('wherever it lies, on the border of what is read at once, too', () => {
  for (const before of [0, (1 << 20) - 50, (1 << 20) - 1, 1 << 20, (3 << 20) - 20]) {
    assert.is(find(Buffer.concat([Buffer.alloc(before), Buffer.from(`${banner}\n`), Buffer.alloc(1 << 20)])), banner, String(before));
  }
});

test('none', () => {
  assert.is(find(Buffer.alloc(100)), undefined);
  assert.is(find(Buffer.from('Linux version %s')), undefined);
  assert.is(find(Buffer.alloc(0)), undefined);
});

test.run();
