/** The runs before, compared with this one. Pure. */
import { duration } from '../text/duration.ts';
import type { Outcome, Verdict } from './outcome.ts';
import type { CaseVerdict } from './tap.ts';

/** What is kept of a run. */
export interface PastRun {
  /** ms since 1970 */
  readonly startedMs: number;
  /** Names the kernel: another build, another name. */
  readonly kernel: string;
  readonly tests: readonly PastTest[];
}

export interface PastTest {
  readonly id: string;
  readonly verdict: Verdict;
  readonly tookMs: number;
  /** Its subtests' verdicts, by name. */
  readonly cases: Readonly<Record<string, CaseVerdict>>;
}

export function kept(outcome: Outcome): PastTest {
  const { id, verdict, tookMs, leaves } = outcome;
  return { id, verdict, tookMs, cases: Object.fromEntries(leaves.map((leaf) => [leaf.name, leaf.verdict])) };
}

/** What a person wants to know of this run that the one before did not tell. */
export interface Changes {
  readonly newlyFailing: readonly string[];
  readonly newlyPassing: readonly string[];
  /** Both came out within one and the same kernel. */
  readonly flaky: readonly string[];
  /** 'ID: 12.0 s, usually 4.0 s'. */
  readonly slower: readonly string[];
}

const isBad = (verdict: Verdict | CaseVerdict) => verdict === 'failed' || verdict === 'timed-out' || verdict === 'lost';
/** A skip says nothing of it. */
const tells = (verdict: Verdict | CaseVerdict) => verdict !== 'skipped';
/** Below this, in ms, what is usual is chance. */
const worthTelling = 1000;

/** @param past the runs before, oldest first */
export function compare(past: readonly PastRun[], now: PastRun): Changes {
  const newlyFailing = new Set<string>();
  const newlyPassing = new Set<string>();
  const flaky = new Set<string>();
  const before = pointsOf(past);
  const here = [...pointsOf(past.filter(({ kernel }) => kernel === now.kernel)), ...pointsOf([now])];
  for (const { name, bad } of pointsOf([now])) {
    const same = here.filter((point) => point.name === name);
    if (same.some((point) => point.bad) && same.some((point) => !point.bad)) {
      flaky.add(name);
      continue;
    }
    const last = before.findLast((point) => point.name === name);
    if (last === undefined || last.bad === bad) continue;
    (bad ? newlyFailing : newlyPassing).add(name);
  }
  const slower = now.tests.flatMap(({ id, verdict, tookMs }) => {
    const times = past.flatMap(({ tests }) => tests).filter((test) => test.id === id && test.verdict === 'passed').map((test) => test.tookMs).sort((a, b) => a - b);
    const usual = times[Math.floor(times.length / 2)];
    if (verdict !== 'passed' || times.length < 3 || usual === undefined || tookMs < worthTelling || tookMs <= 2 * usual) return [];
    return [`${id}: ${duration(tookMs)}, usually ${duration(usual)}`];
  });
  return { newlyFailing: [...newlyFailing], newlyPassing: [...newlyPassing], flaky: [...flaky], slower };
}

/** Each verdict of runs, in order: of a test's subtests where it has any, else its own. */
function pointsOf(runs: readonly PastRun[]): { name: string; bad: boolean }[] {
  return runs.flatMap(({ tests }) => tests.flatMap(({ id, verdict, cases }) => {
    const inner = Object.entries(cases);
    const explained = inner.length > 0 && (!isBad(verdict) || inner.some(([, one]) => isBad(one)));
    const points: (readonly [string, Verdict | CaseVerdict])[] = explained ? inner.map(([name, one]) => [`${id}: ${name}`, one]) : [[id, verdict]];
    return points.filter(([, one]) => tells(one)).map(([name, one]) => ({ name, bad: isBad(one) }));
  }));
}
