import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { countsOf, endMark, saidOf, startMark } from './said.ts';

const closing = (total: number, passed: number) => `• •   (${passed} / ${total})\n\n  Total:     ${total}\n  Passed:    ${passed}\n  Skipped:   1\n  Duration:  1.00ms\n\n`;

test('what files said that ran in one process is told apart', () => {
  const said = saidOf(`${startMark('a.test.ts')}\n${closing(2, 2)}${endMark('a.test.ts', 1.5)}\n${startMark('b/c.test.ts')}\n${closing(3, 1)}${endMark('b/c.test.ts', 0)}\n`);
  assert.equal([...said].map(([file, { output, seconds }]) => [file, seconds, countsOf(output)]), [
    ['a.test.ts', 1.5, { total: 2, passed: 2, skipped: 1 }],
    ['b/c.test.ts', 0, { total: 3, passed: 1, skipped: 1 }],
  ]);
});

test('a file in which the process died said nothing that counts', () => {
  const said = saidOf(`${startMark('a.test.ts')}\n${closing(2, 2)}${endMark('a.test.ts', 1)}\n${startMark('b.test.ts')}\n• •`);
  assert.equal([...said.keys()], ['a.test.ts']);
});

test('colours do not hide the counts', () => {
  assert.equal(countsOf('\u001b[32m\n  Total:     4\u001b[39m\n\u001b[31m  Passed:    3\u001b[39m\n  Skipped:   0\n'), { total: 4, passed: 3, skipped: 0 });
});

test.run();
