import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { asJson, asJunit, asTap } from '../../tasks/checks/formats.ts';
import { leavesOf, parseTap } from '../../tasks/checks/tap.ts';
import type { Outcome } from '../../tasks/checks/outcome.ts';

const outcome = (more: Partial<Outcome>): Outcome => ({ id: 'a', verdict: 'passed', tookMs: 1234, leaves: [], oddities: [], complaints: [], tail: [], ...more });
const outcomes = [
  outcome({ id: 'net/mptcp:diag.sh', verdict: 'failed', why: '1 of 2 failed', leaves: [{ name: 'x # y', verdict: 'passed', notes: [] }, { name: 'b', verdict: 'failed', why: 'w', notes: ['<a> & "b"\u0007'] }] }),
  outcome({ id: 's', verdict: 'skipped', why: 'no tool' }),
  outcome({ id: 't', verdict: 'timed-out', why: 'it took longer than 45.0 s', tail: ['last'] }),
  outcome({ id: 'l', verdict: 'lost', why: 'panic', leaves: [{ name: 'c', verdict: 'passed', notes: [] }] }),
];

test('TAP is what our own reader reads again', () => {
  const tap = parseTap(asTap(outcomes));
  assert.equal(tap?.wrong, []);
  assert.equal(leavesOf(tap?.cases ?? []).map(({ name, verdict }) => `${name}: ${verdict}`), [
    'net/mptcp:diag.sh: x # y: passed', 'net/mptcp:diag.sh: b: failed', 's: skipped', 't: timed-out', 'l: c: passed', 'l: failed',
  ]);
});

test("JUnit's: a suite each, its counts, what XML cannot hold left out", () => {
  const xml = asJunit(outcomes);
  assert.match(xml, '<testsuite name="net/mptcp:diag.sh" tests="2" failures="1" skipped="0" time="1.234">');
  assert.match(xml, '<failure message="w">&lt;a&gt; &amp; &quot;b&quot;</failure>');
  assert.match(xml, '<testcase classname="s" name="s" time="1.234"><skipped message="no tool"/></testcase>');
  assert.match(xml, '<failure message="it took longer than 45.0 s">last</failure>');
  assert.match(xml, '<testsuite name="l" tests="2" failures="1"');
  assert.not.match(asJunit([outcome({ verdict: 'failed', tail: ['\ud800'] })]), '\ud800');
});

test('JSON has all of it', () => {
  const read = JSON.parse(asJson(outcomes, { newlyFailing: ['x'], newlyPassing: [], flaky: [], slower: [] })) as { tests: unknown[]; changes: { newlyFailing: string[] } };
  assert.is(read.tests.length, 4);
  assert.equal(read.changes.newlyFailing, ['x']);
});

test.run();
