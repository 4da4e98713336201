import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LineSplitter, WholeLines } from '../../../tasks/host/processes/lines.ts';

function linesOf(...chunks: readonly (Buffer | string)[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.end();
  return lines;
}

test('lines come out whole, wherever the stream is cut: in a character, in a CR LF', () => {
  const bytes = Buffer.from('plain\nwith CR LF\r\n\nä€😀\n50 %\r100 %\r\nlast');
  const expected = ['plain', 'with CR LF', '', 'ä€😀', '50 %', '100 %', 'last'];
  for (let at = 0; at <= bytes.length; at++) assert.equal(linesOf(bytes.subarray(0, at), bytes.subarray(at)), expected, `cut at ${at}`);
  assert.equal(linesOf(...Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))), expected);
});

test('a line is told as soon as it is known to end', () => {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  splitter.push(Buffer.from('one\ntwo'));
  assert.equal(lines, ['one']);
  splitter.push(Buffer.from('\n'));
  assert.equal(lines, ['one', 'two']);
  splitter.end();
  assert.equal(lines, ['one', 'two'], 'nothing is left');
});

test('a return at the very end is no line of its own', () => {
  assert.equal(linesOf('100 %\r'), ['100 %']);
  assert.equal(linesOf(), []);
});

test('whole lines are passed on as they were, in bytes; what is left at the end gets an end', () => {
  const passed: string[] = [];
  const whole = new WholeLines((lines) => passed.push(lines.toString('latin1')));
  for (const chunk of ['[ 0.1] o', 'n', 'e\r\n', 'two\n[ 0.2] \xe4', '\xe5\nthr']) whole.push(Buffer.from(chunk, 'latin1'));
  assert.equal(passed, ['[ 0.1] one\r\n', 'two\n', '[ 0.2] \xe4\xe5\n']);
  whole.end();
  whole.end();
  assert.equal(passed.slice(3), ['thr\n']);
});

test.run();
