import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { progressWords } from '../../tasks/progress/reporter.ts';

test('how far it is, as far as that is known', () => {
  assert.is(progressWords({ what: 'unpacking' }), 'unpacking');
  assert.is(progressWords({ what: 'CC a.o', done: 120 }), '120 CC a.o');
  assert.is(progressWords({ what: 'CC a.o', done: 120, total: 2100 }), '120/~2100 CC a.o');
  assert.is(progressWords({ what: 'CC a.o', done: 2100, total: 2100 }), '2100/~2100 CC a.o');
});

test('an estimate that was too low is shown no more', () => {
  assert.is(progressWords({ what: 'CC a.o', done: 2101, total: 2100 }), '2101/? CC a.o');
});

test.run();
