/** Traces that paths follow, read. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { changed, plainProfile, profileText } from '../../tasks/paths/link.ts';
import { planPaths } from '../../tasks/paths/plan.ts';
import { applyChange } from '../../tasks/paths/state.ts';
import { withTraces } from '../../tasks/paths/traced.ts';
import { formatFailure, isFailure } from '../../tasks/report/failure.ts';

const dir = mkdtempSync(join(tmpdir(), 'kloop-traces-'));
test.after(() => rmSync(dir, { recursive: true }));
writeFileSync(join(dir, 'one.trace'), '50\n100\n');
writeFileSync(join(dir, 'bad.trace'), '50\nx\n');

function traced(...changes: string[]) {
  const profile = changed(plainProfile, ['rate=5mbit', ...changes]);
  if ('wrong' in profile) throw new Error(profile.wrong);
  return withTraces(planPaths([{ name: 'lte', profile: profile.value }]), dir);
}

test('one direction, or both: their queues, and their mean rate in the place of the one asked for', () => {
  const one = traced('up-trace=one.trace');
  if (isFailure(one)) throw new Error(formatFailure(one));
  assert.equal(one.queues.map(({ device }) => device), ['up0']);
  assert.is(one.paths[0] === undefined ? '' : profileText(one.paths[0].profile), 'down 5mbit; up 242.24kbit, by one.trace');
  const both = traced('trace=one.trace');
  assert.equal(isFailure(both) ? [] : both.queues.map(({ device }) => device), ['lte', 'up0']);
  const none = traced();
  assert.equal(isFailure(none) ? [1] : none.queues, []);
});

test('a file that is not there, and a bad line', () => {
  const words = (result: ReturnType<typeof traced>) => (isFailure(result) ? formatFailure(result) : '');
  assert.match(words(traced('trace=no.trace')), `the trace ${join(dir, 'no.trace')} cannot be followed`);
  assert.match(words(traced('trace=bad.trace')), "line 2: 'x'");
});

test('while it runs all but the rate can be changed, and netem has no rate', () => {
  const made = traced('trace=one.trace');
  if (isFailure(made) || made.paths[0] === undefined) throw new Error('no path');
  const state = { name: 'lte', place: 0, nic: 0, is: 'up' as const, profile: made.paths[0].profile };
  const set = (value: string) => applyChange(state, { action: 'set', path: 'lte', values: [value] });
  assert.equal(set('rate=1mbit'), { wrong: 'the rate of lte follows a trace' });
  assert.equal(set('trace=x'), { wrong: 'a trace is given with --path' });
  const delay = set('delay=50ms');
  assert.match('value' in delay ? delay.value.shape[1] ?? '' : '', /delay 50000us .*rate 0bit$/);
});

test.run();
