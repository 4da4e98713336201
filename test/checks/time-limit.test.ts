import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { limitOf, scaledMs } from '../../tasks/checks/time-limit.ts';

test("a collection's settings, kselftest's 45 s without, 0 for none", () => {
  assert.is(limitOf(undefined), 45);
  assert.is(limitOf('# a comment\n'), 45);
  assert.is(limitOf('timeout=1800\n'), 1800);
  assert.is(limitOf('#timeout=9\ntimeout=0'), 0);
  assert.is(limitOf('timeout=10\nother=1\ntimeout=20\n'), 20);
});

test('an emulated guest has ten times that', () => {
  assert.is(scaledMs(45, 'kvm'), 45_000);
  assert.is(scaledMs(45, 'tcg'), 450_000);
  assert.is(scaledMs(0, 'tcg'), 0);
});

test.run();
