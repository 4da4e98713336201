/** What a run cost and how it came out, in words and as data. Pure. */
import { duration } from '../text/duration.ts';
import type { Decoded } from '../console/annotate.ts';
import { splatWords, titlesInShort } from '../console/words.ts';
import { withSourceLines } from '../machine/lost-vm.ts';
import { checkFailure } from '../checks/reasons.ts';
import { changeLines } from '../checks/run/words.ts';
import { costsOf, isGood, splatsIn, type Concluded, type Run, type Tested, type Verdict } from './run.ts';
import { formatFailure } from '../report/failure.ts';

interface Wording {
  /** Shortens a path for a person. */
  readonly short: (path: string) => string;
  readonly colour: boolean;
}

/** So many files, or tests, are named. */
const named = 3;

const marks = { good: '✓', bad: '✗', none: '·' } as const;
const colours = { good: 32, bad: 31, none: 33 } as const;

/** One line: verdict, what was saved, each stage's time, and save to result. */
export function runLine({ run, verdict }: Concluded, wording: Wording): string {
  const kind = verdict.is === 'superseded' ? 'none' : isGood(verdict) ? 'good' : 'bad';
  const costs = costsOf(run);
  const stages = [
    costs.buildMs === undefined ? undefined : `build ${duration(costs.buildMs)}`,
    costs.bootMs === undefined ? undefined : `boot ${duration(costs.bootMs)}`,
    costs.swapMs === undefined ? undefined : `${swapWords(run.swapped ?? [])}, ${duration(costs.swapMs)}`,
    costs.shellMs === undefined ? undefined : `shell ${duration(costs.shellMs)}`,
    costs.commandMs === undefined || verdict.is === 'up' ? undefined : `${testsOf(verdict) === undefined ? 'command' : 'tests'} ${duration(costs.commandMs)}`,
  ].filter((text) => text !== undefined);
  const total = `${run.cause === 'save' ? 'save' : 'start'} to ${verdict.is === 'up' ? 'shell' : 'result'} ${duration(costs.totalMs)}`;
  const text = `${marks[kind]} run ${run.number}: ${verdictWords(verdict)} · ${causeWords(run, wording.short)} · ${[...stages, total].join(' · ')}`;
  return wording.colour ? `\x1b[${colours[kind]}m${text}\x1b[0m` : text;
}

function swapWords(modules: readonly string[]): string {
  if (modules.length === 0) return 'no module was loaded';
  const names = modules.slice(0, named).join(', ');
  return `${modules.length === 1 ? 'module' : 'modules'} ${names}${modules.length > named ? ` and ${modules.length - named} more` : ''} swapped`;
}

const testsOf = (verdict: Verdict): Tested | undefined => ('tests' in verdict ? verdict.tests : undefined);

/** How many passed, which did not, and what the run before did not tell. */
function testWords({ counts, failing, changes }: Tested): string {
  const { passed, failed, skipped } = counts;
  const parts = [
    ...(failed === 0 ? [] : [`${failed} failed (${failing.slice(0, named).join(', ')}${failing.length > named ? ` and ${failing.length - named} more` : ''})`]),
    `${passed} passed`, ...(skipped === 0 ? [] : [`${skipped} skipped`]),
  ];
  return [parts.join(', '), ...changeLines(changes)].join('; ');
}

function verdictWords(verdict: Verdict): string {
  const tests = testsOf(verdict);
  if (tests !== undefined) return testWords(tests);
  switch (verdict.is) {
    case 'passed': return 'passed';
    case 'failed': return `failed, status ${verdict.status}`;
    case 'splat': return `the kernel complained: ${titlesInShort(verdict.splats)}`;
    case 'timed-out': return 'timed out';
    case 'up': return 'up';
    case 'build-failed': return 'build failed';
    case 'lost': return checkFailure.is(verdict.failure, 'no-kunit', 'no-suite', 'no-test', 'no-program') ? 'the tests could not be run' : 'VM lost';
    case 'superseded': return 'superseded';
  }
}

function causeWords({ cause, changed, restarts }: Run, short: (path: string) => string): string {
  const files = changed.length > named
    ? `${changed.slice(0, named).map(short).join(', ')} and ${changed.length - named} more`
    : changed.map(short).join(', ');
  const words = changed.length > 0 ? files : cause === 'key' ? 'requested' : 'first run';
  return restarts > 0 ? `${words} (saved again during the build)` : words;
}

/** One line of JSON for a run; durations in ms, stages not reached absent. */
export function runJson({ run, verdict }: Concluded): string {
  const splats = splatsIn(verdict);
  const tests = testsOf(verdict);
  return JSON.stringify({
    run: run.number,
    cause: run.cause,
    changed: run.changed,
    verdict: verdict.is,
    ...(verdict.is === 'failed' ? { status: verdict.status } : {}),
    ...('failure' in verdict ? { reason: verdict.failure.detail.reason, words: verdict.failure.words.what } : {}),
    ...(splats.length === 0 ? {} : { splats: splats.map(({ kind, title }) => ({ kind, title })) }),
    ...(tests === undefined ? {} : { tests: { ...tests.counts, failing: tests.failing, ...tests.changes } }),
    restarts: run.restarts,
    ...(run.swapped === undefined ? {} : { swapped: run.swapped }),
    ...rounded({ ...costsOf(run) }),
  });
}

function rounded(costs: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(costs).map(([name, ms]) => [name, Math.round(ms)]));
}

/** What a failed run has to show before its line: the compiler's lines first, as they came; the kernel's reports. */
export function evidence(verdict: Verdict, decoded: Decoded = new Map()): string {
  return 'failure' in verdict ? formatFailure(withSourceLines(verdict.failure, decoded)) : splatWords(splatsIn(verdict), decoded);
}

/** What a whole watch came to. */
interface Tally {
  readonly runs: number;
  readonly passed: number;
  readonly failed: number;
  readonly superseded: number;
  /** Of runs with a verdict that a save began: ms from save to result. */
  readonly medianMs: number | undefined;
  readonly slowestMs: number | undefined;
}

export function tally(concluded: readonly Concluded[]): Tally {
  // A shell's VM that is lost later changes its run's verdict: the last one counts.
  const last = [...new Map(concluded.map((one) => [one.run.number, one])).values()];
  const verdicts = last.filter(({ verdict }) => verdict.is !== 'superseded');
  const times = verdicts
    .filter(({ run }) => run.cause === 'save')
    .map(({ run }) => costsOf(run).totalMs)
    .sort((a, b) => a - b);
  return {
    runs: last.length,
    passed: verdicts.filter(({ verdict }) => isGood(verdict)).length,
    failed: verdicts.filter(({ verdict }) => !isGood(verdict)).length,
    superseded: last.length - verdicts.length,
    medianMs: median(times),
    slowestMs: times.at(-1),
  };
}

function median(sorted: readonly number[]): number | undefined {
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[sorted.length % 2 === 1 ? middle : middle - 1], sorted[middle]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

export function summaryLine(sum: Tally): string {
  const superseded = sum.superseded > 0 ? `, ${sum.superseded} superseded` : '';
  const times = sum.medianMs === undefined || sum.slowestMs === undefined
    ? '' : ` · save to result: median ${duration(sum.medianMs)}, slowest ${duration(sum.slowestMs)}`;
  return `${sum.runs} ${sum.runs === 1 ? 'run' : 'runs'}: ${sum.passed} passed, ${sum.failed} failed${superseded}${times}`;
}

/** The failures only: each run's line and its evidence; the last verdict of a run counts. */
export function failuresOnly(concluded: readonly Concluded[], wording: Wording): string {
  const bad = concluded.filter(({ verdict }) => verdict.is !== 'superseded' && !isGood(verdict));
  if (bad.length === 0) return 'no run has failed\n';
  return bad.map((one) => `${evidence(one.verdict)}${runLine(one, wording)}\n`).join('');
}
