import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { commandFlags, encodeCommand, encodeFrame, Field, Frame, FrameReader, helloFlags, protocolVersion, renumbered, Stream, windowBytes, type FrameData } from '../../../tasks/machine/guest/protocol.ts';
import { Trouble } from '../../../tasks/machine/reasons.ts';

const header = readFileSync(new URL('../../../tasks/guest/guest.h', import.meta.url), 'utf8');

/** The enumeration of guest.h whose names begin so. */
function numbers(prefix: string): Record<string, number> {
  const found = [...header.matchAll(new RegExp(`\\b${prefix}_([A-Z0-9_]+) = (\\d+)`, 'g'))];
  return Object.fromEntries(found.map((match) => [(match[1] ?? '').toLowerCase(), Number(match[2])]));
}

test("the guest's numbers are the host's", () => {
  assert.equal(numbers('FRAME'), { ...Frame });
  assert.equal(numbers('STREAM'), { ...Stream });
  assert.equal(numbers('FIELD'), { ...Field });
  assert.equal(numbers('TROUBLE'), { ...Trouble });
  assert.equal(numbers('HELLO'), { ...helloFlags });
  assert.equal(numbers('COMMAND'), { ...commandFlags });
  assert.match(header, `#define PROTOCOL_VERSION ${protocolVersion}\n`);
  assert.match(header, `#define WINDOW (${windowBytes / 1024} * 1024)`);
});

test('frames come out whole, however they are cut', () => {
  const sent = [encodeFrame(2, 1, 1, Buffer.from('hello')), encodeFrame(17, 7), encodeFrame(2, 513, 2, Buffer.alloc(1000, 'x'))];
  const bytes = Buffer.concat(sent);
  for (const step of [1, 3, 7, 8, 9, 13, 500, bytes.length]) {
    const got: FrameData[] = [];
    const reader = new FrameReader((frame) => got.push({ ...frame, payload: Buffer.from(frame.payload) }));
    for (let at = 0; at < bytes.length; at += step) reader.push(bytes.subarray(at, at + step));
    assert.equal(got.map((f) => [f.type, f.session, f.stream, f.payload.length]), [[2, 1, 1, 5], [17, 7, 0, 0], [2, 513, 2, 1000]], `in steps of ${step}`);
    assert.is(got[0]?.payload.toString(), 'hello');
    assert.equal(Buffer.concat(got.map((f) => renumbered(f, f.session))), bytes);
  }
});

test('a frame goes on as one of another session', () => {
  const reader = new FrameReader((frame) => assert.equal(renumbered(frame, 513), encodeFrame(2, 513, 1, Buffer.from('hello'))));
  reader.push(encodeFrame(2, 1, 1, Buffer.from('hello')));
});

test('a command keeps bytes that are no UTF-8', () => {
  const odd = Buffer.from([0x66, 0xff, 0xfe]);
  const bytes = encodeCommand({ argv: ['cat', odd], cwd: '/a b', env: ['A=1'] });
  assert.ok(bytes.includes(odd));
  assert.is(bytes.includes(Buffer.from([0xef, 0xbf, 0xbd])), false);
});

test.run();
