import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Splat } from '../../tasks/console/splat.ts';
import { machineFailure } from '../../tasks/machine/reasons.ts';
import { checkFailure } from '../../tasks/checks/reasons.ts';
import type { Concluded, Run, Tested, Verdict } from '../../tasks/watch/run.ts';
import { evidence, failuresOnly, summaryLine, tally, runJson, runLine } from '../../tasks/watch/run-words.ts';
import { hostFailure } from '../../tasks/host/reasons.ts';

const wording = { short: (path: string) => path.replace('/tree/', ''), colour: false };
const run = (number: number, more: Partial<Run> = {}): Run => ({
  number, cause: 'save', changed: ['/tree/net/mptcp/protocol.c'], savedAt: 1000, restarts: 0,
  buildAt: 1060, builtAt: 6760, bootAt: 6770, upAt: 7370, endAt: 7570, ...more,
});
const broken = hostFailure({ reason: 'command-failed', doing: 'building the kernel', argv: ['make'], status: 2, tail: ['net/mptcp/protocol.c:12:3: error: expected a semicolon'], log: '/log' });

test("a run's line: what, each stage, save to result", () => {
  assert.is(runLine({ run: run(12), verdict: { is: 'passed' } }, wording),
    '✓ run 12: passed · net/mptcp/protocol.c · build 5.7 s · boot 0.6 s · command 0.2 s · save to result 6.6 s');
  assert.is(runLine({ run: run(13), verdict: { is: 'failed', status: 3 } }, wording).slice(0, 27), '✗ run 13: failed, status 3 ');
});

test('stages that were not reached are not shown', () => {
  const unbuilt: Run = { number: 2, cause: 'save', changed: ['/tree/t.sh'], savedAt: 1000, restarts: 0, bootAt: 6770, upAt: 7370, endAt: 7570 };
  assert.is(runLine({ run: unbuilt, verdict: { is: 'passed' } }, wording),
    '✓ run 2: passed · t.sh · boot 0.6 s · command 0.2 s · save to result 6.6 s');
  const failed: Run = { number: 3, cause: 'save', changed: ['/tree/a.c'], savedAt: 0, restarts: 0, buildAt: 60, builtAt: 1960 };
  assert.is(runLine({ run: failed, verdict: { is: 'build-failed', failure: broken } }, wording),
    '✗ run 3: build failed · a.c · build 1.9 s · save to result 2.0 s');
});

test("a shell's own start is told apart from the boot", () => {
  const shell: Run = { number: 2, cause: 'save', changed: ['/tree/a.c'], savedAt: 1000, restarts: 0, buildAt: 1060, builtAt: 6760, bootAt: 6770, begunAt: 7370, upAt: 10_370 };
  assert.match(runLine({ run: shell, verdict: { is: 'up' } }, wording), / · boot 0\.6 s · shell 3\.0 s · save to shell /);
});

test('many files are counted; causes other than a save are said', () => {
  const changed = ['a', 'b', 'c', 'd', 'e'].map((name) => `/tree/${name}.c`);
  assert.ok(runLine({ run: run(2, { changed }), verdict: { is: 'passed' } }, wording).includes(' a.c, b.c, c.c and 2 more '));
  assert.ok(runLine({ run: run(2, { cause: 'start', changed: [] }), verdict: { is: 'up' } }, wording).includes('up · first run · build 5.7 s · boot 0.6 s · start to shell'));
  assert.ok(runLine({ run: run(2, { restarts: 2 }), verdict: { is: 'passed' } }, wording).includes('(saved again during the build)'));
});

test('a line of JSON for a program', () => {
  assert.equal(JSON.parse(runJson({ run: run(12), verdict: { is: 'failed', status: 3 } })), {
    run: 12, cause: 'save', changed: ['/tree/net/mptcp/protocol.c'], verdict: 'failed', status: 3, restarts: 0,
    buildMs: 5700, bootMs: 600, commandMs: 200, totalMs: 6570,
  });
  const parsed = JSON.parse(runJson({ run: run(1), verdict: { is: 'build-failed', failure: broken } })) as Record<string, unknown>;
  assert.is(parsed['reason'], 'command-failed');
  assert.not.ok(runJson({ run: run(1), verdict: { is: 'passed' } }).includes('\n'));
});

const runs = (...verdicts: Verdict[]): Concluded[] => verdicts.map((verdict, i) => ({ run: run(i + 1, { endAt: 1000 * (i + 2) }), verdict }));

test('the summary: runs, passes, failures, median and slowest', () => {
  const sum = tally(runs({ is: 'passed' }, { is: 'failed', status: 1 }, { is: 'superseded' }, { is: 'build-failed', failure: broken }));
  assert.equal(sum, { runs: 4, passed: 1, failed: 2, superseded: 1, medianMs: 2000, slowestMs: 4000 });
  assert.is(summaryLine(sum), '4 runs: 1 passed, 2 failed, 1 superseded · save to result: median 2.0 s, slowest 4.0 s');
  assert.is(summaryLine(tally([])), '0 runs: 0 passed, 0 failed');
});

test("of a run's two verdicts the last counts: a shell that came up, and was lost", () => {
  const one = run(1);
  assert.equal(tally([{ run: one, verdict: { is: 'up' } }, { run: one, verdict: { is: 'lost', failure: broken } }]).failed, 1);
});

test('an even number of times has its median between the middle two', () => {
  assert.is(tally(runs({ is: 'passed' }, { is: 'passed' })).medianMs, 1500);
});

test('the failures only', () => {
  const text = failuresOnly(runs({ is: 'passed' }, { is: 'build-failed', failure: broken }), wording);
  assert.ok(text.startsWith('net/mptcp/protocol.c:12:3: error: expected a semicolon\n'));
  assert.ok(text.includes('✗ run 2'));
  assert.not.ok(text.includes('run 1'));
  assert.is(failuresOnly([], wording), 'no run has failed\n');
});

const splat: Splat = { kind: 'warning', title: 'WARNING in f', lines: ['WARNING: CPU: 0 PID: 1 at net/a.c:12 f+0x1/0x2', ' g+0x3/0x4'], frames: [{ line: 1, function: 'g', offset: 3, size: 4, certain: true, exact: false }] };

test('a kernel that complained: the words, the report with its lines, JSON', () => {
  const verdict: Verdict = { is: 'splat', splats: [splat, splat, { ...splat, title: 'BUG: KASAN: x in h' }] };
  assert.match(runLine({ run: run(4), verdict }, wording), '✗ run 4: the kernel complained: WARNING in f and 1 more · ');
  const decoded = new Map([['g+0x3/0x4', [{ function: 'g', file: 'net/a.c', line: 40 }]]]);
  assert.match(evidence(verdict, decoded), ' g+0x3/0x4 net/a.c:40\n');
  assert.match(evidence(verdict, decoded), 'kloop: WARNING in f, 2 times\n');
  const data = JSON.parse(runJson({ run: run(4), verdict })) as Record<string, unknown>;
  assert.is(data['verdict'], 'splat');
  assert.equal((data['splats'] as unknown[])[2], { kind: 'warning', title: 'BUG: KASAN: x in h' });
});

const tested: Tested = {
  counts: { passed: 3, failed: 1, skipped: 2 }, failing: ['net/mptcp:diag.sh'],
  changes: { newlyFailing: ['net/mptcp:diag.sh: after create'], newlyPassing: [], flaky: ['./a'], slower: [] },
};

test('tests: how many came out how, which did not pass, what is new; as data', () => {
  const verdict: Verdict = { is: 'failed', status: 1, tests: tested };
  assert.is(runLine({ run: run(4), verdict }, wording),
    '✗ run 4: 1 failed (net/mptcp:diag.sh), 3 passed, 2 skipped; newly failing: net/mptcp:diag.sh: after create; flaky (passed and failed in this same kernel): ./a · net/mptcp/protocol.c · build 5.7 s · boot 0.6 s · tests 0.2 s · save to result 6.6 s');
  const data = JSON.parse(runJson({ run: run(4), verdict })) as Record<string, unknown>;
  assert.equal([data['verdict'], data['status'], data['tests']], ['failed', 1, {
    passed: 3, failed: 1, skipped: 2, failing: ['net/mptcp:diag.sh'], newlyFailing: ['net/mptcp:diag.sh: after create'], newlyPassing: [], flaky: ['./a'], slower: [],
  }]);
  const good: Tested = { counts: { passed: 4, failed: 0, skipped: 0 }, failing: [], changes: { newlyFailing: [], newlyPassing: ['./a'], flaky: [], slower: [] } };
  assert.match(runLine({ run: run(5), verdict: { is: 'passed', tests: good } }, wording), '✓ run 5: 4 passed; newly passing: ./a · ');
});

test('tests that could not be run lost no VM', () => {
  const verdict: Verdict = { is: 'lost', failure: checkFailure({ reason: 'no-kunit', why: 'off' }) };
  assert.match(runLine({ run: run(4), verdict }, wording), '✗ run 4: the tests could not be run · ');
});

test('a command that failed under a kernel that complained has both', () => {
  const verdict: Verdict = { is: 'failed', status: 3, splats: [splat] };
  const data = JSON.parse(runJson({ run: run(4), verdict })) as Record<string, unknown>;
  assert.equal([data['verdict'], data['status'], data['splats']], ['failed', 3, [{ kind: 'warning', title: 'WARNING in f' }]]);
  assert.match(evidence(verdict), 'kloop: WARNING in f\n');
});

test('a lost VM: the crash among the last lines of the console gets its lines', () => {
  const failure = machineFailure({ reason: 'vm-lost', verdict: { kind: 'oops', line: 'x' }, qemu: 'status 0', tail: ['[    1.000000]  g+0x3/0x4', '[    1.000001] end'], splats: [splat], log: '/log' });
  const decoded = new Map([['g+0x3/0x4', [{ function: 'inner', file: 'net/a.h', line: 3 }, { function: 'g', file: 'net/a.c', line: 40 }]]]);
  assert.match(evidence({ is: 'lost', failure }, decoded), '[    1.000000]  inner net/a.h:3 [inline]\n[    1.000000]  g+0x3/0x4 net/a.c:40\n[    1.000001] end\n');
});

test.run();
