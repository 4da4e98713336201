import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { changeLines, detailLines, outcomeLine, summary } from '../../../tasks/checks/run/words.ts';
import type { Outcome } from '../../../tasks/checks/outcome.ts';

const outcome = (more: Partial<Outcome>): Outcome => ({ id: 'a:b', verdict: 'passed', tookMs: 1500, leaves: [], oddities: [], complaints: [], tail: [], ...more });
const leaf = (name: string, verdict: 'passed' | 'failed' | 'skipped', notes: string[] = []) => ({ name, verdict, notes });

test('a line for each', () => {
  assert.is(outcomeLine(outcome({ leaves: [leaf('x', 'passed'), leaf('y', 'skipped')] })), 'a:b: passed in 1.5 s (2 subtests, 1 skipped)');
  assert.is(outcomeLine(outcome({ verdict: 'skipped', why: 'no tool' })), 'a:b: skipped in 1.5 s: no tool');
  assert.is(outcomeLine(outcome({ verdict: 'timed-out', why: 'it took longer than 45.0 s' })), 'a:b: timed out: it took longer than 45.0 s');
  assert.is(outcomeLine(outcome({ tookMs: 0 })), 'a:b: passed');
});

test('a failure: its subtests with what stood before them, or its last lines, cut; its log', () => {
  assert.equal(detailLines(outcome({ verdict: 'failed', leaves: [leaf('x', 'passed'), leaf('y', 'failed', ['1', '2', '3', '4', '5'])], tail: ['no'], log: '/l' })),
    ['  not ok: y', '    2', '    3', '    4', '    5', '  Its output: /l']);
  assert.equal(detailLines(outcome({ verdict: 'failed', tail: ['z'.repeat(300)] })), [`  | ${'z'.repeat(200)}…`]);
  assert.is(detailLines(outcome({ verdict: 'failed', leaves: Array.from({ length: 30 }, (_, i) => leaf(`${i}`, 'failed')) })).at(-1), '  and 10 more');
  assert.equal(detailLines(outcome({ tail: ['z'], oddities: ['it has no plan'] })), ['  it has no plan']);
});

test('the sum, and what changed', () => {
  assert.is(summary([outcome({}), outcome({ verdict: 'failed', leaves: [leaf('x', 'failed')] })], 61_000), '1 passed, 1 failed (1 subtest) in 1 min 1 s');
  assert.equal(changeLines({ newlyFailing: ['a', 'b'], newlyPassing: [], flaky: ['c'], slower: [] }), ['newly failing: a, b', 'flaky (passed and failed in this same kernel): c']);
});

test.run();
