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
  /** The source that the kernel was built from. */
  readonly source?: PastSource;
}

/** A tree as it was when a run began. */
interface PastSource {
  readonly tree: string;
  /** The commit, and its first line. `undefined`: the tree isn't a git repository. */
  readonly head?: string;
  /** The file, beside the results, with what was not committed; `undefined`: nothing was. */
  readonly diff?: string;
}

export interface PastTest {
  readonly id: string;
  readonly verdict: Verdict;
  readonly tookMs: number;
  /** Its subtests' verdicts, by name. */
  readonly cases: Readonly<Record<string, CaseVerdict>>;
  readonly why?: string;
  /** Another text or build of the test, another version. */
  readonly version?: string;
  /** Files beside the results: its output, and what the kernel complained of. */
  readonly log?: string;
  readonly splats?: string;
}

/** @param files the names of its files, beside the results */
export function kept(outcome: Outcome, files: Pick<PastTest, 'log' | 'splats'> = {}): PastTest {
  const { id, verdict, tookMs, leaves, why, version } = outcome;
  return {
    id, verdict, tookMs, cases: Object.fromEntries(leaves.map((leaf) => [leaf.name, leaf.verdict])),
    ...(why === undefined ? {} : { why }), ...(version === undefined ? {} : { version }), ...files,
  };
}

/** What a person wants to know of this run that the one before did not tell. */
export interface Changes {
  readonly newlyFailing: readonly string[];
  readonly newlyPassing: readonly string[];
  /** Both came out, of the same test in the same kernel. */
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
  const last = new Map(pointsOf(past).map(({ name, bad }) => [name, bad]));
  const sameOf = ({ name, version }: Point) => `${name}\0${version ?? ''}`;
  const here = new Map<string, Set<boolean>>();
  for (const point of pointsOf([...past.filter(({ kernel }) => kernel === now.kernel), now])) {
    const same = sameOf(point);
    here.set(same, (here.get(same) ?? new Set()).add(point.bad));
  }
  for (const point of pointsOf([now])) {
    const { name, bad } = point;
    const before = last.get(name);
    if (here.get(sameOf(point))?.size === 2) flaky.add(name);
    else if (before !== undefined && before !== bad) (bad ? newlyFailing : newlyPassing).add(name);
  }
  const took = new Map<string, number[]>(now.tests.map(({ id }) => [id, []]));
  for (const { tests } of past) for (const { id, verdict, tookMs } of tests) if (verdict === 'passed') took.get(id)?.push(tookMs);
  const slower = now.tests.flatMap(({ id, verdict, tookMs }) => {
    const times = (took.get(id) ?? []).sort((a, b) => a - b);
    const usual = times[Math.floor(times.length / 2)];
    if (verdict !== 'passed' || times.length < 3 || usual === undefined || tookMs < worthTelling || tookMs <= 2 * usual) return [];
    return [`${id}: ${duration(tookMs)}, usually ${duration(usual)}`];
  });
  return { newlyFailing: [...newlyFailing], newlyPassing: [...newlyPassing], flaky: [...flaky], slower };
}

interface Point {
  readonly name: string;
  readonly bad: boolean;
  readonly version: string | undefined;
}

/** Each verdict of runs, in order: of a test's subtests where it has any, else its own. */
function pointsOf(runs: readonly PastRun[]): Point[] {
  return runs.flatMap(({ tests }) => tests.flatMap(({ id, verdict, cases, version }) => {
    const inner = Object.entries(cases);
    const explained = inner.length > 0 && (!isBad(verdict) || inner.some(([, one]) => isBad(one)));
    const points: (readonly [string, Verdict | CaseVerdict])[] = explained ? inner.map(([name, one]) => [`${id}: ${name}`, one]) : [[id, verdict]];
    return points.filter(([, one]) => tells(one)).map(([name, one]) => ({ name, bad: isBad(one), version }));
  }));
}
