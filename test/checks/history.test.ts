import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compare, type PastRun, type PastTest } from '../../tasks/checks/history.ts';
import type { Verdict } from '../../tasks/checks/outcome.ts';

const one = (id: string, verdict: Verdict, more: Partial<PastTest> = {}): PastTest => ({ id, verdict, tookMs: 1000, cases: {}, ...more });
const run = (kernel: string, ...tests: PastTest[]): PastRun => ({ startedMs: 0, kernel, tests });
const none = { newlyFailing: [], newlyPassing: [], flaky: [], slower: [] };

test('newly failing and newly passing, in another kernel', () => {
  const past = [run('k1', one('a', 'passed'), one('b', 'failed'), one('c', 'failed'))];
  assert.equal(compare(past, run('k2', one('a', 'failed'), one('b', 'passed'), one('c', 'failed'), one('d', 'failed'))), { ...none, newlyFailing: ['a'], newlyPassing: ['b'] });
});

test('by subtests where there are any; a test that failed by itself counts as itself', () => {
  const past = [run('k1', one('a', 'failed', { cases: { x: 'passed', y: 'failed' } }))];
  assert.equal(compare(past, run('k2', one('a', 'failed', { cases: { x: 'failed', y: 'passed' } }))), { ...none, newlyFailing: ['a: x'], newlyPassing: ['a: y'] });
  assert.equal(compare([run('k1', one('a', 'passed'))], run('k2', one('a', 'timed-out', { cases: { x: 'passed' } }))), { ...none, newlyFailing: ['a'] });
});

test('what passed and failed in the same kernel is flaky, between runs and within one', () => {
  assert.equal(compare([run('k1', one('a', 'passed'))], run('k1', one('a', 'failed'))), { ...none, flaky: ['a'] });
  assert.equal(compare([], run('k1', one('a', 'failed'), one('a', 'passed'))), { ...none, flaky: ['a'] });
});

test('another text of the test, or another build of it, is no sign of a flaky one', () => {
  const was = (version: string) => [run('k1', one('a', 'failed', { version }))];
  assert.equal(compare(was('1'), run('k1', one('a', 'passed', { version: '2' }))), { ...none, newlyPassing: ['a'] });
  assert.equal(compare(was('2'), run('k1', one('a', 'passed', { version: '2' }))), { ...none, flaky: ['a'] });
});

test('fifty runs of three hundred tests with ten subtests each are compared within a second', () => {
  const cases = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`case ${i}`, 'passed' as const]));
  const many = run('k1', ...Array.from({ length: 300 }, (_, i) => one(`test ${i}`, 'passed', { cases })));
  const before = process.cpuUsage();
  assert.equal(compare(Array.from({ length: 50 }, () => many), many), none);
  assert.ok(process.cpuUsage(before).user < 3_000_000);
});

test('a skip tells nothing, and does not hide what was before it', () => {
  assert.equal(compare([run('k1', one('a', 'passed')), run('k1', one('a', 'skipped'))], run('k2', one('a', 'failed'))), { ...none, newlyFailing: ['a'] });
  assert.equal(compare([run('k1', one('a', 'failed'))], run('k2', one('a', 'skipped'))), none);
});

test('slower than twice the usual, where three runs tell what is usual', () => {
  const past = [4000, 4100, 3900].map((tookMs) => run('k1', one('a', 'passed', { tookMs })));
  assert.equal(compare(past, run('k2', one('a', 'passed', { tookMs: 12_000 }))).slower, ['a: 12.0 s, usually 4.0 s']);
  assert.equal(compare(past, run('k2', one('a', 'passed', { tookMs: 7000 }))).slower, []);
  assert.equal(compare(past.slice(1), run('k2', one('a', 'passed', { tookMs: 12_000 }))).slower, []);
});

test.run();
