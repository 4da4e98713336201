import { verdictOf, vmJson } from '../../../tasks/commands/shared/vm-outcome.ts';
import type { Splat } from '../../../tasks/console/splat.ts';
import { hostFailure } from '../../../tasks/host/reasons.ts';
import { machineFailure } from '../../../tasks/machine/reasons.ts';
import { interrupted } from '../../../tasks/report/interrupted.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const splat: Splat = { kind: 'warning', title: 'WARNING in f', lines: [], frames: [] };
const bad = hostFailure({ reason: 'bad-usage', wrong: 'x', fix: [] });

test('the verdict, by the status, by what the kernel complained of, and by where it ended', () => {
  const kernel = '/vmlinux';
  assert.is(verdictOf({ status: 0, kernel, splats: [] }), 'passed');
  assert.is(verdictOf({ status: 3, kernel, splats: [] }), 'failed');
  assert.is(verdictOf({ status: 0, kernel, splats: [splat] }), 'splat');
  assert.is(verdictOf({ failure: machineFailure({ reason: 'vm-timeout', afterMs: 1, tail: [], log: 'l' }), kernel, splats: [] }), 'timed-out');
  assert.is(verdictOf({ failure: machineFailure({ reason: 'vm-wedged', where: [], tail: [], log: 'l' }), kernel, splats: [] }), 'lost');
  assert.is(verdictOf({ failure: interrupted(AbortSignal.abort('SIGINT')), kernel, splats: [] }), 'interrupted');
  assert.is(verdictOf({ failure: bad, splats: [], buildMs: 1 }), 'build-failed');
  assert.is(verdictOf({ failure: bad, splats: [] }), 'not-run');
  assert.is(verdictOf({ failure: bad, kernel, splats: [], buildMs: 1 }), 'not-run');
});

test('one line; what is not known is absent', () => {
  assert.equal(JSON.parse(vmJson({ status: 0, kernel: '/vmlinux', splats: [splat], log: '/log', bootMs: 900.4, commandMs: 0.6 }, 1, 1200.5)), {
    verdict: 'splat', exit: 1, status: 0, kernel: '/vmlinux', splats: [{ kind: 'warning', title: 'WARNING in f' }], log: '/log', bootMs: 900, commandMs: 1, totalMs: 1201,
  });
  const line = vmJson({ failure: bad, splats: [] }, 125, 10);
  assert.is(line.indexOf('\n'), line.length - 1);
  assert.equal(JSON.parse(line), { verdict: 'not-run', exit: 125, reason: 'bad-usage', words: bad.words.what, splats: [], totalMs: 10 });
});

test.run();
