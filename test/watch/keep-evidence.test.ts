import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { machineFailure } from '../../tasks/machine/reasons.ts';
import { incidentOf, leavesEvidence, type Scene } from '../../tasks/watch/keep-evidence.ts';
import type { Verdict } from '../../tasks/watch/run.ts';
import { incident, splat } from '../evidence/fixture.ts';

const place = { tail: ['x'], log: '/log' };
const lost = machineFailure({ reason: 'vm-lost', verdict: { kind: 'panic', line: 'x' }, qemu: 'status 0', splats: [splat], ...place });
const scene: Scene = { ...incident, tests: undefined };
const tested = { counts: { passed: 1, failed: 1, skipped: 0 }, failing: ['./bad'], changes: { newlyFailing: [], newlyPassing: [], flaky: [], slower: [] } };
const concluded = (verdict: Verdict) => ({ run: { number: 7, cause: 'save' as const, changed: ['net/f.c'], savedAt: 0, restarts: 0 }, verdict });

test('a panic, a hang, a report: evidence. What a person sees at once, or asked for: none', () => {
  const hang = machineFailure({ reason: 'vm-timeout', afterMs: 1000, ...place });
  const leaving: Verdict[] = [{ is: 'lost', failure: lost }, { is: 'lost', failure: hang }, { is: 'splat', splats: [splat] }, { is: 'failed', status: 3, splats: [splat] }, { is: 'timed-out', splats: [splat] }, { is: 'failed', status: 1, tests: tested }, { is: 'timed-out', tests: tested }];
  assert.equal(leaving.map(leavesEvidence), leaving.map(() => true));
  const missing = machineFailure({ reason: 'kernel-image', path: '/x', why: 'missing', found: '' });
  const others: Verdict[] = [{ is: 'passed' }, { is: 'passed', tests: tested }, { is: 'up' }, { is: 'superseded' }, { is: 'failed', status: 3 }, { is: 'timed-out' }, { is: 'build-failed', failure: missing }, { is: 'lost', failure: missing }];
  assert.equal(others.map(leavesEvidence), others.map(() => false));
});

test('what it tells: the verdict, its splats, the run', () => {
  const made = incidentOf(concluded({ is: 'failed', status: 3, splats: [splat] }), new Map(), scene);
  assert.equal([made.by, made.what, made.status, made.splats], ['watch', 'the kernel complained: WARNING in f', 3, [splat]]);
  assert.match(made.told.join('\n'), /^✗ run 7: failed, status 3 · net\/f\.c · save to result/);
  const failed = incidentOf(concluded({ is: 'failed', status: 1, tests: tested }), new Map(), { ...scene, tests: { what: '1 of 2 tests failed: ./bad', told: ['./bad: failed'] } });
  assert.equal([failed.what, failed.told[0]], ['1 of 2 tests failed: ./bad', './bad: failed']);
  const panic = incidentOf(concluded({ is: 'lost', failure: lost }), new Map(), scene);
  assert.equal([panic.what, panic.splats], ['the VM was lost: its kernel panicked: x', [splat]]);
});

test.run();
