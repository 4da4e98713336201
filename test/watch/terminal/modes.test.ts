import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TerminalModes } from '../../../tasks/watch/terminal/modes.ts';

const after = (...reads: string[]) => {
  const modes = new TerminalModes();
  for (const read of reads) modes.push(Buffer.from(read, 'latin1'));
  return modes;
};
const plain = '\x1b[0m';

test('nothing switched on: only the colour is put back', () => {
  assert.is(after('hello \x1b[31mred', '\x1b[2J').reset(), plain);
});

test("an editor's other screen, a mouse, a hidden cursor", () => {
  const modes = after('\x1b[?1049h\x1b[?1000;1006h\x1b[?25l\x1b=\x1b[?2004h');
  assert.ok(modes.fullScreen);
  assert.is(modes.reset(), `\x1b[?1049l\x1b[?1000l\x1b[?1006l\x1b[?25h\x1b[?2004l\x1b>${plain}`);
  assert.not.ok(modes.fullScreen);
  assert.is(modes.reset(), plain);
});

test('what a program switched off itself is left alone', () => {
  assert.is(after('\x1b[?1049h\x1b[?25l', '...', '\x1b[?25h\x1b[?1049l').reset(), plain);
});

test('a sequence cut at any place counts', () => {
  const text = 'text\x1b[?1049hmore';
  for (let cut = 0; cut <= text.length; cut++) assert.ok(after(text.slice(0, cut), text.slice(cut)).fullScreen, `cut at ${cut}`);
});

test('modes that do not outlive a program are not touched', () => {
  assert.is(after('\x1b[?12h\x1b[4h').reset(), plain);
});

test.run();
