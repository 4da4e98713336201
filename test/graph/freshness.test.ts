import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { judge, type Evidence } from '../../tasks/graph/freshness.ts';

const built = { startedMs: 1000, recipe: 'r', finished: true };
const evidence = (changes: Partial<Evidence> = {}): Evidence => ({
  output: { path: 'out', stamp: 1500 },
  inputs: [{ path: 'a', stamp: 900 }, { path: 'b', stamp: 999 }],
  recipe: 'r',
  past: built,
  nowMs: 10_000,
  ...changes,
});

test('fresh: the recipe started after the last change of each input', () => {
  assert.equal(judge(evidence()), { kind: 'fresh' });
});

test('an output that is not there is missing, whatever else is known', () => {
  assert.equal(judge(evidence({ output: { path: 'out', stamp: 'missing' }, past: undefined })), {
    kind: 'stale',
    reason: { kind: 'output-missing', path: 'out' },
  });
});

test('an output that kloop never made is never built', () => {
  assert.equal(judge(evidence({ past: undefined })), { kind: 'stale', reason: { kind: 'never-built' } });
});

test('a run that was killed was interrupted, whatever it has left', () => {
  const past = { ...built, finished: false };
  assert.equal(judge(evidence({ past })), { kind: 'stale', reason: { kind: 'interrupted' } });
  assert.equal(judge(evidence({ past, output: { path: 'out', stamp: 'missing' } })), { kind: 'stale', reason: { kind: 'interrupted' } });
});

test('after a failure what changed since is the reason; where nothing did, the failure', () => {
  const past = { ...built, finished: false, failedMs: 1300 };
  const missing = { path: 'out', stamp: 'missing' } as const;
  const reason = (changes: Partial<Evidence>) => {
    const freshness = judge(evidence({ past, ...changes }));
    return freshness.kind === 'stale' ? freshness.reason : undefined;
  };
  assert.equal(reason({}), { kind: 'failed' });
  assert.equal(reason({ output: missing }), { kind: 'failed' });
  // Saved while it ran: what was read of it nobody knows.
  for (const output of [missing, { path: 'out', stamp: 500 }]) {
    assert.equal(reason({ output, inputs: [{ path: 'a', stamp: 900 }, { path: 'b', stamp: 1200 }] }), { kind: 'input-newer', path: 'b', byMs: 200 });
  }
  assert.equal(reason({ recipe: 's' }), { kind: 'recipe-changed' });
});

test('another recipe is another product', () => {
  assert.equal(judge(evidence({ recipe: 's' })), { kind: 'stale', reason: { kind: 'recipe-changed' } });
});

test('of newer inputs the newest is named, with the time since the recipe started', () => {
  const inputs = [{ path: 'a', stamp: 1100 }, { path: 'b', stamp: 4000 }, { path: 'c', stamp: 900 }];
  assert.equal(judge(evidence({ inputs })), { kind: 'stale', reason: { kind: 'input-newer', path: 'b', byMs: 3000 } });
});

test('an input dated in the future is named as such', () => {
  assert.equal(judge(evidence({ inputs: [{ path: 'a', stamp: 12_000 }] })), { kind: 'stale', reason: { kind: 'input-future', path: 'a', aheadMs: 2000 } });
});

test('an input saved while the recipe ran is newer, though older than the output', () => {
  assert.equal(judge(evidence({ inputs: [{ path: 'a', stamp: 1200 }] })), {
    kind: 'stale',
    reason: { kind: 'input-newer', path: 'a', byMs: 200 },
  });
});

test('an input of the tick in which the recipe started counts as newer', () => {
  assert.equal(judge(evidence({ inputs: [{ path: 'a', stamp: 1000 }] })).kind, 'stale');
});

test('an output older than an unchanged input is fresh: a tool may leave it alone', () => {
  assert.equal(judge(evidence({ output: { path: 'out', stamp: 10 } })), { kind: 'fresh' });
});

test('an input that is gone is named', () => {
  assert.equal(judge(evidence({ inputs: [{ path: 'a', stamp: 'missing' }] })), {
    kind: 'stale',
    reason: { kind: 'input-missing', path: 'a' },
  });
});

test.run();
