import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { controlByte } from '../../../tasks/text/values.ts';
import { controlName, keysOf, PrefixParser, type Typed } from '../../../tasks/watch/terminal/keys.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

/** As text: `<key>` for a key, `?x` for an unknown one. */
function typed(parser: PrefixParser, ...reads: string[]): string {
  const word = (one: Typed) => ('forward' in one ? one.forward.toString('latin1') : 'key' in one ? `<${one.key}>` : `?${one.unknown}`);
  return reads.map((read) => parser.push(bytes(read)).map(word).join('')).join('|');
}

test('keys in command mode', () => {
  assert.equal(keysOf(bytes('r')), ['reboot']);
  assert.equal(keysOf(bytes('bp\rq')), ['rebuild', 'pause', 'rerun', 'quit']);
  assert.equal(keysOf(bytes('\x03')), ['quit']);
  assert.equal(keysOf(bytes('\x1a')), ['suspend']);
  assert.equal(keysOf(bytes('xyz \xff')), []);
});

test('an arrow, a function key, a mouse report are no letters', () => {
  for (const sequence of ['\x1b[A', '\x1bOP', '\x1b[15~', '\x1b[<0;12;7M', '\x1b[1;5B', '\x1bq', '\x1b']) assert.equal(keysOf(bytes(sequence)), [], JSON.stringify(sequence));
  assert.equal(keysOf(bytes('\x1b[Br')), ['reboot']);
});

test('the prefix: what is typed goes to the guest, byte for byte', () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i).filter((byte) => byte !== 0x1d));
  const [only, ...more] = new PrefixParser(0x1d).push(all);
  assert.equal(more, []);
  assert.ok(only !== undefined && 'forward' in only && only.forward.equals(all));
});

test('the prefix, then a key', () => {
  assert.is(typed(new PrefixParser(0x1d), 'ls\r\x1drecho\r'), 'ls\r<reboot>echo\r');
  assert.is(typed(new PrefixParser(0x1d), '\x1dp\x1dq'), '<pause><quit>');
  assert.is(typed(new PrefixParser(0x01), '\x01s\x1d'), '<shell>\x1d');
});

test('the prefix and its key may come in two reads, and an empty one between', () => {
  assert.is(typed(new PrefixParser(0x1d), 'a\x1d', '', 'bc'), 'a||<rebuild>c');
});

test('the prefix twice is one for the guest; what is no key is told', () => {
  assert.is(typed(new PrefixParser(0x1d), 'a\x1d\x1db'), 'a\x1db');
  assert.is(typed(new PrefixParser(0x1d), '\x1dzr'), '?zr');
});

test("how a prefix is written", () => {
  assert.is(controlByte('^]'), 0x1d);
  assert.is(controlByte('Ctrl-a'), 0x01);
  assert.is(controlByte('^\\'), 0x1c);
  for (const wrong of [']', 'x', '^1', '^', 'Ctrl-', 'Ctrl-AB']) assert.is(controlByte(wrong), undefined, wrong);
  assert.is(controlName(0x1d), 'Ctrl-]');
  assert.is(controlName(0x01), 'Ctrl-A');
});

test.run();
