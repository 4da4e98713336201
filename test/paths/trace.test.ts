/** Traces of a link's rate. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { meanRate, packetsIn, parseTrace, rateLine } from '../../tasks/paths/trace.ts';

const parsed = (text: string) => {
  const trace = parseTrace(text);
  if ('wrong' in trace) throw new Error(trace.wrong);
  return trace.value;
};

test('as mahimahi has them: packets at their times, again and again', () => {
  const trace = parsed('5\n5\n 150\n200\n');
  assert.equal(trace, { times: [5, 5, 150, 200], periodMs: 200 });
  assert.is(meanRate(trace), 4 * 1514 * 8 * 5);
  assert.equal([[0, 100], [100, 200], [200, 300], [0, 2000]].map(([from, to]) => packetsIn(trace, from ?? 0, to ?? 0)), [2, 2, 2, 40]);
});

test('a bad line is named by its number', () => {
  const wrong = (text: string) => (parseTrace(text) as { readonly wrong: string }).wrong;
  assert.is(wrong('1\n2\nfast\n'), "line 3: 'fast': expected a time in whole ms");
  assert.is(wrong('1\n\n-2\n'), "line 3: '-2': expected a time in whole ms");
  assert.is(wrong('10\n5\n'), 'line 2: 5 is before the line above, 10');
  for (const text of ['', '0\n0\n']) assert.match(wrong(text), 'the last one more than 0');
});

test('a rate for a step: less what the bucket holds; never 0', () => {
  assert.is(rateLine('lte', 102, 50), 'qdisc replace dev lte parent 1: tbf rate 9810720bit burst 31794 limit 75700');
  assert.match(rateLine('lte', 0, 50), 'rate 8000bit');
});

test.run();
