import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Margin } from '../../../tasks/watch/terminal/margin.ts';

function at(...reads: string[]): boolean {
  const margin = new Margin();
  for (const read of reads) margin.push(Buffer.from(read));
  return margin.at;
}

test('at the margin: nothing yet, after a whole line, and after what only sets something', () => {
  assert.ok(at());
  assert.ok(at('a line\r\n'));
  // What bash writes when a line has been entered.
  assert.ok(at('$ ls', '\r\n\x1b[?2004l\r'));
  assert.ok(at('\n\x1b]0;a title\x07'));
  assert.ok(at('\n\x1b]0;a title\x1b\\', '\x07'));
  assert.ok(at('\n\x1b(B\x1b=\x1b[1;31m'));
});

test('not at the margin: after a prompt, and what is typed there', () => {
  assert.not.ok(at('root@kloop:~# '));
  assert.not.ok(at('\n\x1b[?2004h$ '));
  assert.not.ok(at('\n', 'é'));
  // Its text stands where it is.
  assert.not.ok(at('50%\r'));
});

test('a sequence in parts', () => {
  assert.ok(at('\n\x1b', '[', '3', '1m'));
  assert.ok(at('\n\x1b]0;ti', 'tle', '\x07'));
  assert.not.ok(at('\n\x1b', '[0m', 'x'));
});

function lineAfter(...reads: string[]): string | undefined {
  const margin = new Margin();
  for (const read of reads) margin.push(Buffer.from(read));
  return margin.line === undefined ? undefined : Buffer.from(margin.line).toString();
}

test('the line that the cursor is on, to be written again: a prompt with what was typed, half a line of output', () => {
  assert.is(lineAfter(), '');
  assert.is(lineAfter('a line\r\n'), '');
  assert.is(lineAfter('a line\r\n\x1b[?2004hroot@vm:~# ', 'ec', 'ho\b \b'), '\x1b[?2004hroot@vm:~# echo\b \b');
  assert.is(lineAfter('50 %', '\r60 %'), '50 %\r60 %');
  assert.is(lineAfter('x'.repeat(5000)), undefined);
  assert.is(lineAfter('x'.repeat(5000), '\nnew'), 'new');
});

test.run();
