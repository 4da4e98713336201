import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { failuresOf, formatFailure, isFailure } from '../../tasks/report/failure.ts';

const kitchen = failuresOf<{ reason: 'burnt'; dish: string; log?: string } | { reason: 'empty' }>({
  burnt: (d) => ({ said: ['smoke at 12:00', 'fire at 12:01'], what: `${d.dish} is burnt`, why: ['It was too hot.', 'For too long.'], log: d.log, fix: ['open a window', 'cook again'] }),
  empty: () => ({ what: 'nothing is left', exitStatus: 124 }),
});

test('it carries its facts, and the words for its reason', () => {
  const failure = kitchen({ reason: 'burnt', dish: 'soup' });
  assert.ok(isFailure(failure));
  assert.equal(failure.detail, { reason: 'burnt', dish: 'soup' });
  assert.is(failure.words.what, 'soup is burnt');
  assert.is(kitchen({ reason: 'empty' }).words.exitStatus, 124);
});

test('it is told by its reason; what is no failure has none', () => {
  const failure: unknown = kitchen({ reason: 'burnt', dish: 'soup' });
  assert.ok(kitchen.is(failure, 'burnt'));
  assert.ok(kitchen.is(failure, 'empty', 'burnt'));
  assert.not.ok(kitchen.is(failure, 'empty'));
  assert.not.ok(kitchen.is(kitchen({ reason: 'empty' }), 'burnt'));
  const bar = failuresOf<{ reason: 'burnt' }>({ burnt: () => ({ what: 'the toast is burnt' }) });
  assert.not.ok(bar.is(failure, 'burnt'), "another room's, by the same name");
  for (const value of [undefined, { detail: { reason: 'burnt' } }, new Error('burnt')]) {
    assert.not.ok(isFailure(value));
    assert.not.ok(kitchen.is(value, 'burnt'));
  }
});

test("the message: the tool's own lines, what failed, why, where the log is, and what to type", () => {
  assert.is(formatFailure(kitchen({ reason: 'burnt', dish: 'soup', log: '/log' })), `smoke at 12:00
fire at 12:01
kloop: soup is burnt
  It was too hot.
  For too long.
  Full log: /log
  Next: open a window
        cook again
`);
  assert.is(formatFailure(kitchen({ reason: 'empty' })), 'kloop: nothing is left\n');
});

test.run();
