import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { escaped } from '../../../tasks/checks/report/escape.ts';

test('nothing is markup, in an element or in a quoted attribute', () => {
  assert.is(escaped('</pre><script>alert(1)</script> & " \''), '&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot; &#39;');
  assert.is(escaped('&lt;'), '&amp;lt;');
});

test('colours and titles of a terminal are left out, line ends are one kind', () => {
  assert.is(escaped('\u001b[1;31mred\u001b[0m \u001b]2;title\u0007a\r\nb\rc'), 'red a\nb\nc');
});

test('what would be hidden is shown', () => {
  assert.is(escaped('a\0b\u001bc\td\n'), 'a␀b␛c\td\n');
  assert.is(escaped('x\u202ey\u009b\u2066'), 'x⟨U+202E⟩y⟨U+009B⟩⟨U+2066⟩');
  assert.is(escaped('a\ud800b\udc00\ufffe 😀'), 'a\ufffdb\ufffd\ufffd 😀');
});

test('a MiB that is nothing but that takes linear time', () => {
  const text = `${'\u001b]2;'.repeat(10_000)}${'<\u001b[\u202e&'.repeat(1 << 18)}`;
  const before = process.cpuUsage();
  escaped(text);
  assert.ok(process.cpuUsage(before).user < 3_000_000);
});

test.run();
