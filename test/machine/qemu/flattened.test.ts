import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Flattened } from '../../../tasks/machine/qemu/flattened.ts';

const test = suite('flattened');

const head = Buffer.alloc(4096);
head.write('makedumpfile');
const piece = (at: number, text: string) => {
  const place = Buffer.alloc(16);
  place.writeBigInt64BE(BigInt(at), 0);
  place.writeBigInt64BE(BigInt(text.length), 8);
  return Buffer.concat([place, Buffer.from(text)]);
};
const end = Buffer.alloc(16, 0xff);

/** The file that comes of it, and how much of it had come when it had ended. */
function made(bytes: Buffer, chunk: number) {
  const file = Buffer.alloc(32, '.');
  const flattened = new Flattened((part, at) => void part.copy(file, at));
  let at = 0;
  for (; at < bytes.length && !flattened.ended; at += chunk) flattened.push(bytes.subarray(at, at + chunk));
  return { file: file.toString(), ended: flattened.ended };
}

test('each piece goes to its place, wherever what comes is cut', () => {
  const bytes = Buffer.concat([head, piece(20, 'last'), piece(0, 'first'), piece(5, ''), piece(2, 'R'), end]);
  for (const chunk of [1, 7, 16, 4095, 4097, 1 << 20]) assert.equal(made(bytes, chunk), { file: 'fiRst...............last........', ended: true }, `${chunk}`);
});

test('it has not ended before its end has come', () => {
  assert.is(made(Buffer.concat([head, piece(0, 'a'), end.subarray(1)]), 100).ended, false);
});

test('what is of another form is refused', () => {
  assert.throws(() => made(Buffer.alloc(5000), 5000), /no flattened dump/);
});

test.run();
