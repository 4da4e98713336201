import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Capture, lastLines } from '../../../tasks/host/processes/capture.ts';

test('all of it up to the limit, then its end; the rest is counted', () => {
  const capture = new Capture(1000);
  const line = Buffer.from(`${'x'.repeat(99)}\n`);
  for (let i = 0; i < 5000; i++) capture.push(line);
  capture.push(Buffer.from('last\n'));
  assert.is(capture.dropped, 500_005 - 1000 - 65_536);
  const text = capture.text();
  assert.ok(text.length < 70_000);
  assert.match(text, `… ${capture.dropped} bytes more were printed here, and dropped …`);
  assert.ok(text.endsWith('last\n'));
});

test('the end is the end, however it comes: in any sizes of pieces', () => {
  const all = Buffer.from(Array.from({ length: 200_000 }, (_, i) => `${i}\n`).join(''));
  for (const size of [7, 4096, 65_536, 65_537, all.length]) {
    const capture = new Capture(10);
    for (let at = 0; at < all.length; at += size) capture.push(all.subarray(at, at + size));
    assert.is(capture.dropped, all.length - 10 - 65_536, String(size));
    assert.is(capture.text().split('dropped …\n')[1], all.subarray(-65_536).toString(), String(size));
  }
  const exact = new Capture(10);
  exact.push(all.subarray(0, 10 + 65_536));
  assert.is(exact.text(), all.subarray(0, 10 + 65_536).toString());
});

test('what fits is kept as it came', () => {
  const capture = new Capture(10);
  for (const part of ['abc', 'defg', 'hijklm']) capture.push(Buffer.from(part));
  assert.is(capture.text(), 'abcdefghijklm');
  assert.is(capture.dropped, 0);
});

test('the last lines, without colour', () => {
  assert.equal(lastLines('a\r\n\u001b[31mb\u001b[0m\nc\n', 2), ['b', 'c']);
  assert.equal(lastLines('', 2), []);
});

test.run();
