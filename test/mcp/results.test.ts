import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { buildResult, checkResult, doctorResult, evidenceResult, evidenceTextResult, failedResult, jsonOf, mostListed, planResult, runResult, type Ran, type ToolResult } from '../../tasks/mcp/results.ts';
import { outputs } from '../../tasks/mcp/schemas.ts';

const ran = (exit: number, json: unknown, stderr = ''): Ran => ({
  exit, tookMs: 1234.5, stdout: { text: json === undefined ? '' : JSON.stringify(json), dropped: 0 }, stderr: { text: stderr, dropped: 0 },
});

/** What a client's check of a result would say. Keys that are not declared are refused there. */
function declared(tool: keyof typeof outputs, { structured }: ToolResult): void {
  const schema = outputs[tool];
  const whole = schema instanceof z.ZodType ? schema : z.strictObject(schema);
  const checked = whole.safeParse(JSON.parse(JSON.stringify(structured)));
  assert.ok(checked.success, checked.error?.message);
}

test('JSON is read where all of it was kept', () => {
  assert.equal(jsonOf({ text: '{"a":1}\n', dropped: 0 }), { a: 1 });
  assert.is(jsonOf({ text: '{"a":1}\n', dropped: 5 }), undefined);
  assert.is(jsonOf({ text: '', dropped: 0 }), undefined);
});

test('build: by its status', () => {
  const good = buildResult(ran(0, undefined, 'kloop: kernel: up to date\n'));
  assert.equal(good, { structured: { verdict: 'built', exit: 0, totalMs: 1235, output: 'kloop: kernel: up to date' }, text: 'built after 1.2 s (exit status 0)\n\nkloop: kernel: up to date', failed: false });
  declared('build', good);
  const bad = buildResult(ran(125, undefined, 'pm.c:5:1: error: x\nkloop: net/mptcp/pm.c does not compile\n'));
  assert.equal([bad.structured?.['verdict'], bad.failed], ['failed', true]);
  assert.match(bad.text, 'pm.c:5:1: error: x');
  declared('build', bad);
});

test('run: a command that fails has run; a kernel that was lost, too', () => {
  const failed = runResult(ran(3, { verdict: 'failed', exit: 3, status: 3, kernel: '/vmlinux', splats: [], log: '/c.log', totalMs: 2000 }, 'kloop: guest: done\nout\n'));
  assert.equal(failed.structured, { verdict: 'failed', exit: 3, status: 3, kernel: '/vmlinux', splats: [], log: '/c.log', totalMs: 2000, output: 'kloop: guest: done\nout' });
  assert.is(failed.failed, false);
  assert.match(failed.text, /^failed: the command's status is 3\nconsole: \/c\.log\n\nkloop: guest: done\nout$/);
  declared('run', failed);
  const lost = runResult(ran(255, { verdict: 'lost', exit: 255, reason: 'vm-lost', words: 'the VM was lost', splats: [{ kind: 'panic', title: 'Kernel panic' }], evidence: '/e', totalMs: 1 }));
  assert.is(lost.failed, false);
  assert.match(lost.text, /^lost: the VM was lost\nthe kernel complained: Kernel panic\nevidence: \/e$/);
  declared('run', lost);
});

test('run: what never ran is an error, also where there are words alone', () => {
  for (const verdict of ['not-run', 'build-failed', 'interrupted']) assert.is(runResult(ran(125, { verdict, exit: 125, splats: [], totalMs: 1 })).failed, true, verdict);
  for (const verdict of ['passed', 'failed', 'splat', 'timed-out', 'lost']) assert.is(runResult(ran(0, { verdict, exit: 0, splats: [], totalMs: 1 })).failed, false, verdict);
  const refused = runResult(ran(125, undefined, "kloop: a setting is wrong\n"));
  assert.equal(refused.structured, { verdict: 'not-run', exit: 125, totalMs: 1235, splats: [], output: 'kloop: a setting is wrong' });
  assert.is(refused.failed, true);
  declared('run', refused);
});

test('run: of many reports the first, and how many more', () => {
  const { structured } = runResult(ran(1, { verdict: 'splat', exit: 1, splats: Array.from({ length: 25 }, (_, i) => ({ kind: 'warning', title: `W${i}` })), totalMs: 1 }));
  assert.is((structured?.['splats'] as unknown[]).length, 20);
  assert.is(structured?.['splatsLeftOut'], 5);
});

const leaf = (name: string, verdict: string, why?: string) => ({ name, verdict, notes: [], ...(why === undefined ? {} : { why }) });
const outcome = (id: string, verdict: string, more: object = {}) => ({ id, verdict, tookMs: 10.4, leaves: [], oddities: [], complaints: [], tail: ['…'], ...more });
const changes = { newlyFailing: ['b'], newlyPassing: [], flaky: [], slower: [] };

test('check: each test with its verdict, those that failed first, with what failed in them', () => {
  const result = checkResult(ran(1, { tests: [
    outcome('a', 'passed', { leaves: [leaf('one', 'passed')] }),
    outcome('b', 'failed', { why: 'status 1', log: '/b.log', leaves: [leaf('one', 'passed'), leaf('two', 'failed', 'no route'), leaf('three', 'expected')], complaints: [{ kind: 'warning', title: 'WARNING in f', lines: [], frames: [] }] }),
  ], changes }, 'kloop: 1 of 2 failed\n'));
  assert.equal(result.structured, {
    verdict: 'failed', exit: 1, totalMs: 1235, changes, output: 'kloop: 1 of 2 failed',
    tests: [
      { id: 'b', verdict: 'failed', why: 'status 1', tookMs: 10, subtests: 3, failing: ['two: no route'], complaints: ['WARNING in f'], log: '/b.log' },
      { id: 'a', verdict: 'passed', tookMs: 10, subtests: 1 },
    ],
  });
  assert.is(result.failed, false);
  assert.match(result.text, /^failed: 1 of 2 tests did not fail \(exit status 1\)\n\nb: failed: status 1\n\nkloop: /);
  declared('check', result);
});

test('check: the verdict by the exit status; what is too much is counted', () => {
  for (const [exit, verdict, failed] of [[0, 'passed', false], [124, 'timed-out', false], [255, 'lost', false], [125, 'not-run', true], [143, 'not-run', true]] as const) {
    const result = checkResult(ran(exit, exit === 0 ? { tests: [], changes } : undefined));
    assert.equal([result.structured?.['verdict'], result.failed], [verdict, failed]);
    declared('check', result);
  }
  const many = checkResult(ran(1, { tests: Array.from({ length: mostListed + 7 }, (_, i) => outcome(`t${i}`, i === mostListed + 6 ? 'failed' : 'passed')), changes }));
  const tests = many.structured?.['tests'] as { id: string }[];
  assert.equal([tests.length, tests[0]?.id, many.structured?.['leftOut']], [mostListed, `t${mostListed + 6}`, 7]);
  declared('check', many);
});

test('check: results that cannot be read are told as such', () => {
  const result = checkResult({ ...ran(1, {}), stdout: { text: '{"tests":[', dropped: 1 } });
  assert.equal([result.structured?.['verdict'], result.structured?.['tests']], ['failed', []]);
  assert.match(result.text, 'too long to be read');
  declared('check', result);
});

test('plan: the rows, and a line each; one that cannot be judged makes it an error', () => {
  const rows = [
    { target: 'source', title: 'kernel source', needs: [], freshness: 'fresh', note: 'Linux 6.1' },
    { target: 'kernel', title: 'vmlinux', needs: ['source'], freshness: 'stale', reason: { kind: 'never-built' }, words: 'never built', note: 'make' },
    { target: 'image', title: 'bzImage', needs: ['kernel'], freshness: 'after', after: ['kernel'] },
  ];
  const result = planResult(ran(0, rows));
  assert.ok(result !== undefined);
  assert.equal(result.structured, { exit: 0, targets: rows, output: '' });
  assert.is(result.text, 'source: fresh (Linux 6.1)\nkernel: stale: never built (make)\nimage: after kernel');
  assert.is(result.failed, false);
  declared('plan', result);
  assert.is(planResult(ran(125, rows, 'kloop: no\n'))?.failed, true);
  assert.is(planResult(ran(125, undefined)), undefined);
});

test('doctor: a host that lacks something is a result, not an error', () => {
  const checks = [{ section: 'Kernel', state: 'missing', words: 'no gcc', fix: 'apt install gcc' }, { section: 'Kernel', state: 'ok', words: 'make 4.3' }];
  const result = doctorResult(ran(1, { works: false, checks }));
  assert.ok(result !== undefined);
  assert.equal(result, { structured: { works: false, checks }, text: 'a VM would not work\n\nKernel: missing: no gcc\n  Next: apt install gcc\nKernel: ok: make 4.3', failed: false });
  declared('doctor', result);
  assert.is(doctorResult(ran(125, undefined)), undefined);
});

test('evidence: the list, without the lists of files; or one report', () => {
  const one = { name: '20260101-000000', dir: '/e', bytes: 10, title: 'Kernel panic', what: 'w', by: 'vm', atMs: 0, typed: 'kloop vm', command: 'c', status: 255, splats: [], kernel: { image: '/v' }, files: [], absent: [] };
  const result = evidenceResult(ran(0, [one]));
  assert.ok(result !== undefined);
  assert.equal(result.structured, { evidence: [{ name: '20260101-000000', dir: '/e', bytes: 10, title: 'Kernel panic', what: 'w', by: 'vm', at: '1970-01-01T00:00:00.000Z', command: 'c', status: '255' }] });
  assert.is(result.text, '20260101-000000  vm  Kernel panic');
  declared('evidence', result);
  assert.is(evidenceResult(ran(0, []))?.text, 'there is no evidence: nothing has gone wrong');
  const text = evidenceTextResult({ ...ran(0, undefined), stdout: { text: '# Kernel panic\n', dropped: 0 } });
  assert.is(text.text, '# Kernel panic');
  declared('evidence', text);
});

test('a run that came to nothing: its words', () => {
  assert.equal(failedResult(ran(125, undefined, 'kloop: not in a tree\n  Next: cd ~/linux\n')), { text: 'kloop failed (exit status 125)\n\nkloop: not in a tree\n  Next: cd ~/linux', failed: true });
});

test.run();
