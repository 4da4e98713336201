import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Concluded, Turn, Verdict } from '../../tasks/watch/run.ts';
import { failuresOnly, summaryLine, tally, turnJson, turnLine } from '../../tasks/watch/run-words.ts';
import { hostFailure } from '../../tasks/host/reasons.ts';

const wording = { short: (path: string) => path.replace('/tree/', ''), colour: false };
const turn = (number: number, more: Partial<Turn> = {}): Turn => ({
  number, cause: 'save', changed: ['/tree/net/mptcp/protocol.c'], savedAt: 1000, restarts: 0,
  buildAt: 1060, builtAt: 6760, bootAt: 6770, upAt: 7370, endAt: 7570, ...more,
});
const broken = hostFailure({ reason: 'command-failed', doing: 'building the kernel', argv: ['make'], status: 2, tail: ['net/mptcp/protocol.c:12:3: error: expected a semicolon'], log: '/log' });

test("a turn's line: what, each stage, save to result", () => {
  assert.is(turnLine({ turn: turn(12), verdict: { is: 'passed' } }, wording),
    '✓ turn 12: passed · net/mptcp/protocol.c · build 5.7 s · boot 0.6 s · command 0.2 s · save to result 6.6 s');
  assert.is(turnLine({ turn: turn(13), verdict: { is: 'failed', status: 3 } }, wording).slice(0, 28), '✗ turn 13: failed, status 3 ');
});

test('stages that were not reached are not shown', () => {
  const { buildAt, builtAt, ...rest } = turn(2);
  assert.is(turnLine({ turn: { ...rest, changed: ['/tree/t.sh'], upAt: 7370 }, verdict: { is: 'passed' } }, wording),
    '✓ turn 2: passed · t.sh · boot 0.6 s · command 0.2 s · save to result 6.6 s');
  const failed: Turn = { number: 3, cause: 'save', changed: ['/tree/a.c'], savedAt: 0, restarts: 0, buildAt: 60, builtAt: 1960 };
  assert.is(turnLine({ turn: failed, verdict: { is: 'build-failed', failure: broken } }, wording),
    '✗ turn 3: not built · a.c · build 1.9 s · save to result 2.0 s');
  assert.ok(buildAt !== undefined && builtAt !== undefined);
});

test("a shell's own start is told apart from the boot", () => {
  const { endAt, ...shell } = turn(2, { begunAt: 7370, upAt: 10_370 });
  assert.ok(endAt !== undefined);
  assert.match(turnLine({ turn: shell, verdict: { is: 'up' } }, wording), / · boot 0\.6 s · shell 3\.0 s · save to shell /);
});

test('many files are counted; causes other than a save are said', () => {
  const changed = ['a', 'b', 'c', 'd', 'e'].map((name) => `/tree/${name}.c`);
  assert.ok(turnLine({ turn: turn(2, { changed }), verdict: { is: 'passed' } }, wording).includes(' a.c, b.c, c.c and 2 more '));
  assert.ok(turnLine({ turn: turn(2, { cause: 'start', changed: [] }), verdict: { is: 'up' } }, wording).includes('up · first run · build 5.7 s · boot 0.6 s · start to shell'));
  assert.ok(turnLine({ turn: turn(2, { restarts: 2 }), verdict: { is: 'passed' } }, wording).includes('(saved again while it built)'));
});

test('a line of JSON for a program', () => {
  assert.equal(JSON.parse(turnJson({ turn: turn(12), verdict: { is: 'failed', status: 3 } })), {
    turn: 12, cause: 'save', changed: ['/tree/net/mptcp/protocol.c'], verdict: 'failed', status: 3, restarts: 0,
    buildMs: 5700, bootMs: 600, commandMs: 200, totalMs: 6570,
  });
  const parsed = JSON.parse(turnJson({ turn: turn(1), verdict: { is: 'build-failed', failure: broken } })) as Record<string, unknown>;
  assert.is(parsed['reason'], 'command-failed');
  assert.not.ok(turnJson({ turn: turn(1), verdict: { is: 'passed' } }).includes('\n'));
});

const turns = (...verdicts: Verdict[]): Concluded[] => verdicts.map((verdict, i) => ({ turn: turn(i + 1, { endAt: 1000 * (i + 2) }), verdict }));

test('the summary: turns, passes, failures, median and slowest', () => {
  const sum = tally(turns({ is: 'passed' }, { is: 'failed', status: 1 }, { is: 'superseded' }, { is: 'build-failed', failure: broken }));
  assert.equal(sum, { turns: 4, passed: 1, failed: 2, superseded: 1, medianMs: 2000, slowestMs: 4000 });
  assert.is(summaryLine(sum), '4 turns: 1 passed, 2 failed, 1 superseded · save to result: median 2.0 s, slowest 4.0 s');
  assert.is(summaryLine(tally([])), '0 turns: 0 passed, 0 failed');
});

test("of a turn's two verdicts the last counts: a shell that came up, and was lost", () => {
  const one = turn(1);
  assert.equal(tally([{ turn: one, verdict: { is: 'up' } }, { turn: one, verdict: { is: 'lost', failure: broken } }]).failed, 1);
});

test('an even number of times has its median between the middle two', () => {
  assert.is(tally(turns({ is: 'passed' }, { is: 'passed' })).medianMs, 1500);
});

test('the failures only', () => {
  const text = failuresOnly(turns({ is: 'passed' }, { is: 'build-failed', failure: broken }), wording);
  assert.ok(text.startsWith('net/mptcp/protocol.c:12:3: error: expected a semicolon\n'));
  assert.ok(text.includes('✗ turn 2'));
  assert.not.ok(text.includes('turn 1'));
  assert.is(failuresOnly([], wording), 'no turn has failed\n');
});

test.run();
