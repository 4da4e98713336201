import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Splat } from '../../tasks/console/splat.ts';
import type { ConsoleVerdict } from '../../tasks/console/verdict.ts';
import { judgeBuild, judgeRun, type Judged } from '../../tasks/history/verdict.ts';
import { hostFailure } from '../../tasks/host/reasons.ts';
import { isFailure, type Result } from '../../tasks/report/failure.ts';
import { makeFailure } from '../../tasks/kernel/make/reasons.ts';
import { kernelFailure } from '../../tasks/kernel/reasons.ts';
import { machineFailure } from '../../tasks/machine/reasons.ts';
import { interrupted } from '../../tasks/report/interrupted.ts';

const warning: Splat = { kind: 'warning', title: 'WARNING in f', lines: [], frames: [] };
const log = '/log';
const evidence = { tail: [], log };
const verdictOf = (judged: Result<Judged>) => (isFailure(judged) ? 'stops' : judged.verdict);

test('a commit that does not build cannot be tested, whatever of it is broken', () => {
  for (const failure of [
    makeFailure({ reason: 'compile-failed', targets: ['net/f.o'], said: [], log }),
    makeFailure({ reason: 'link-failed', targets: [], troubles: [], said: [], log }),
    makeFailure({ reason: 'make-failed', status: 2, said: [], log }),
    makeFailure({ reason: 'make-made-nothing', path: '/vmlinux', log }),
    kernelFailure({ reason: 'not-a-kernel-tree', path: '/tree', why: 'it has no Makefile' }),
    kernelFailure({ reason: 'config-lacks', path: '/tree/.config', lacks: [], kept: true }),
    hostFailure({ reason: 'command-failed', doing: 'merging the kernel configuration', argv: ['make', 'olddefconfig'], status: 2, tail: [] }),
  ]) assert.is(verdictOf(judgeBuild(failure)), 'skip', failure.words.what);
});

test('what is not the fault of the commit stops it', () => {
  for (const failure of [
    makeFailure({ reason: 'build-no-space', dir: '/', said: [], log }),
    makeFailure({ reason: 'build-killed', said: [], jobs: 2, log }),
    makeFailure({ reason: 'make-failed', status: 'SIGKILL', said: [], log }),
    hostFailure({ reason: 'command-missing', doing: 'building', command: 'flex' }),
    hostFailure({ reason: 'command-failed', doing: 'checking out', argv: ['git', 'checkout'], status: 128, tail: [] }),
    interrupted(),
  ]) assert.is(judgeBuild(failure), failure, failure.words.what);
});

test("the command's status: 0 is good, 125 cannot tell, others are bad", () => {
  const verdict = (status: number, splats: Splat[] = [], known: string[] = []) => verdictOf(judgeRun({ status, splats, log }, known));
  assert.equal([0, 1, 124, 125, 126, 127, 139, 255].map((status) => verdict(status)), ['good', 'bad', 'bad', 'skip', 'bad', 'bad', 'bad', 'bad']);
  assert.is(verdict(0, [warning]), 'bad');
  assert.is(verdict(0, [warning], ['WARNING in *']), 'good', 'one that is expected');
  assert.equal(judgeRun({ status: 0, splats: [warning], log }, []), { verdict: 'bad', why: 'the kernel complained: WARNING in f', log });
});

test('a panic, a hang, a command without end are bad; a QEMU that was killed, or does not start, tells nothing', () => {
  const lost = (verdict: ConsoleVerdict, qemu: string) => verdictOf(judgeRun(machineFailure({ reason: 'vm-lost', verdict, qemu, splats: [], ...evidence }), []));
  assert.is(lost({ kind: 'panic', line: 'Kernel panic' }, 'status 0'), 'bad');
  assert.is(lost({ kind: 'silent' }, 'status 0'), 'bad', 'a triple fault leaves no word');
  assert.is(lost({ kind: 'silent' }, 'SIGKILL'), 'stops');
  for (const failure of [
    machineFailure({ reason: 'vm-boot-hang', afterMs: 1000, systemd: false, where: [], ...evidence }),
    machineFailure({ reason: 'vm-wedged', where: [], ...evidence }),
    machineFailure({ reason: 'vm-timeout', afterMs: 1000, ...evidence }),
  ]) assert.is(verdictOf(judgeRun(failure, [])), 'bad');
  assert.is(verdictOf(judgeRun(machineFailure({ reason: 'guest-trouble', code: 1, text: 'no root', ...evidence }), [])), 'skip');
  assert.is(verdictOf(judgeRun(machineFailure({ reason: 'qemu-failed', qemu: 'qemu', status: 'status 1', said: [], argv: [] }), [])), 'stops');
  assert.is(verdictOf(judgeRun(hostFailure({ reason: 'command-missing', doing: 'running', command: 'qemu' }), [])), 'stops');
});

test.run();
