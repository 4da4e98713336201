import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withoutEscapes } from '../../tasks/text/escapes.ts';

test('colours, cursor and titles go; everything else stays', () => {
  assert.is(withoutEscapes('\x1b[31mnot ok\x1b[0m 1 \x1b[2K\x1b[?25l\x1b[1 q[x]\r\n'), 'not ok 1 [x]\r\n');
  assert.is(withoutEscapes('\x1b]0;a title\x07a\x1b]8;;http://x\x1b\\b'), 'ab');
});

test.run();
