import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { countsOf, judge, statusOf, type Ended, type Outcome, type Verdict } from '../../tasks/checks/outcome.ts';
import { parseTap } from '../../tasks/checks/tap.ts';

const ended = (more: Partial<Ended> = {}): Ended => ({ status: 0, limitMs: 45_000, tap: undefined, complaints: [], tail: [], byKselftestsRules: true, ...more });
const tap = (text: string) => ({ tap: parseTap(text) });

test("kselftest's statuses: 0, 4, 124, others", () => {
  assert.equal(judge(ended()), { verdict: 'passed' });
  assert.equal(judge(ended({ status: 4, tail: ['x', 'SKIP: mptcp tools are not available', ''] })), { verdict: 'skipped', why: 'SKIP: mptcp tools are not available' });
  assert.is(judge(ended({ status: 124 })).verdict, 'timed-out');
  assert.equal(judge(ended({ status: 1 })), { verdict: 'failed', why: 'status 1' });
  assert.equal(judge(ended({ status: 139 })), { verdict: 'failed', why: 'status 139: a signal ended it' });
  assert.equal(judge(ended({ status: undefined })), { verdict: 'timed-out', why: 'it took longer than 45.0 s' });
});

test("to a program of one's own 4 and 124 are failures", () => {
  assert.is(judge(ended({ status: 4, byKselftestsRules: false })).verdict, 'failed');
  assert.is(judge(ended({ status: 124, byKselftestsRules: false })).verdict, 'failed');
});

test('TAP is not overruled by a status of 0', () => {
  assert.equal(judge(ended(tap('1..2\nok 1 a\nnot ok 2 b\n'))), { verdict: 'failed', why: '1 of 2 failed, although its status is 0' });
  assert.equal(judge(ended({ status: 1, ...tap('1..2\nok 1 a\nnot ok 2 b\n') })), { verdict: 'failed', why: '1 of 2 failed' });
  assert.equal(judge(ended(tap('TAP version 13\n1..3\n# Totals: pass:3 fail:0 xfail:0 xpass:0 skip:0 error:0\n'))), { verdict: 'passed' });
  assert.equal(judge(ended({ byKselftestsRules: false, ...tap('1..3\nok 1 a\n') })), { verdict: 'failed', why: 'the test: 3 results were planned, and 1 came' });
  assert.equal(judge(ended(tap('1..3\nok 1 a\nBail out! no net\n'))), { verdict: 'failed', why: 'it bailed out: no net' });
  assert.equal(judge(ended(tap('TAP version 13\n1..0 # SKIP no module\n'))), { verdict: 'skipped', why: 'no module' });
  assert.equal(judge(ended(tap('1..2\nok 1 a # SKIP x\nnot ok 2 b # XFAIL y\n'))), { verdict: 'passed' });
});

test("the kernel's complaint fails a test that passed", () => {
  assert.equal(judge(ended({ complaints: [{ title: 'WARNING in x' }] })), { verdict: 'failed', why: 'WARNING in x' });
  assert.is(judge(ended({ status: 4, complaints: [{ title: 'WARNING in x' }] })).verdict, 'failed');
});

test('counts, and the exit status', () => {
  const outcomes = (...verdicts: Verdict[]): Outcome[] => verdicts.map((verdict) => ({ id: 'x', verdict, tookMs: 0, leaves: [], oddities: [], complaints: [], tail: [] }));
  assert.equal(countsOf(outcomes('passed', 'skipped', 'failed', 'timed-out', 'lost')), { passed: 1, failed: 3, skipped: 1 });
  assert.equal([['passed', 'skipped'], ['passed', 'timed-out'], ['timed-out', 'failed'], ['failed', 'lost']].map((verdicts) => statusOf(outcomes(...verdicts as Verdict[]))), [0, 124, 1, 255]);
});

test.run();
