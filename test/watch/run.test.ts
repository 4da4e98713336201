import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hostFailure } from '../../tasks/host/reasons.ts';
import { asModuleMs, costsOf, isGood, type Run } from '../../tasks/watch/run.ts';

const saved: Run = { number: 1, cause: 'save', changed: ['/tree/a.c'], savedAt: 1000, restarts: 0 };
const failure = hostFailure({ reason: 'bad-usage', wrong: 'x', fix: [] });

test('what each stage took, and all of it from the save on', () => {
  assert.equal(costsOf({ ...saved, buildAt: 1050, builtAt: 3050, bootAt: 3060, upAt: 3660, endAt: 3760 }),
    { buildMs: 2000, bootMs: 600, commandMs: 100, totalMs: 2760 });
});

test('stages that were not reached, or left out, have no time', () => {
  assert.equal(costsOf(saved), { totalMs: 0 });
  assert.equal(costsOf({ ...saved, buildAt: 1050 }), { totalMs: 0 });
  assert.equal(costsOf({ ...saved, buildAt: 1050, builtAt: 3050, bootAt: 3060 }), { buildMs: 2000, totalMs: 2050 });
  assert.equal(costsOf({ ...saved, upAt: 1100, endAt: 1200 }), { commandMs: 100, totalMs: 200 }, 'the same VM runs the command again');
});

test("a shell's own start is no part of the boot", () => {
  assert.equal(costsOf({ ...saved, bootAt: 1010, begunAt: 1610, upAt: 4610 }), { bootMs: 600, shellMs: 3000, totalMs: 3610 });
});

test('good is what passed, and a shell that is up', () => {
  assert.ok(isGood({ is: 'passed' }));
  assert.ok(isGood({ is: 'up' }));
  for (const verdict of [{ is: 'failed', status: 1 }, { is: 'timed-out' }, { is: 'build-failed', failure }, { is: 'lost', failure }, { is: 'superseded' }] as const) {
    assert.not.ok(isGood(verdict), verdict.is);
  }
});

test('what a run would take as a module: without what came after the compiler, and the boot', () => {
  const run = { ...saved, buildAt: 1050, builtAt: 3050, bootAt: 3060, upAt: 3660, endAt: 3760 };
  assert.is(asModuleMs(run, 1550), 2760 - 600 - 1500);
  assert.is(asModuleMs(run, Infinity), 2760 - 600, 'nobody knows when it was compiled');
  assert.is(asModuleMs(run, 0), 2760 - 600 - 2000, 'a clock that was set meanwhile');
});

test.run();
