/** How a test came out: from its exit status, its output and the kernel's own complaints to a verdict. Pure. */
import type { Splat } from '../console/splat.ts';
import { duration } from '../text/duration.ts';
import { isBad, leavesOf, type Leaf, type Tap } from './tap.ts';

/** `lost`: the VM went while it ran. */
export type Verdict = 'passed' | 'failed' | 'skipped' | 'timed-out' | 'lost';

/** One test's outcome. */
export interface Outcome {
  /** 'net/mptcp:pm_netlink.sh', 'kunit:mptcp-crypto', './repro.sh'. */
  readonly id: string;
  readonly verdict: Verdict;
  /** Why it did not pass, in words. */
  readonly why?: string | undefined;
  /** ms */
  readonly tookMs: number;
  /** Its subtests, where it prints TAP. */
  readonly leaves: readonly Leaf[];
  /** What is odd about its TAP. */
  readonly oddities: readonly string[];
  /** What the kernel complained of while it ran. */
  readonly complaints: readonly Splat[];
  /** Its last lines. */
  readonly tail: readonly string[];
  /** The file with its output. */
  readonly log?: string | undefined;
  /** Of the test itself. */
  readonly version?: string | undefined;
}

/** What there is to judge by. */
export interface Ended {
  /** 0 to 255; `undefined`: it was ended for its time. */
  readonly status: number | undefined;
  /** ms; what it was allowed. */
  readonly limitMs: number;
  readonly tap: Tap | undefined;
  readonly complaints: readonly Pick<Splat, 'title'>[];
  readonly tail: readonly string[];
  /** A kselftest program: 4 is a skip, 124 a time-out. */
  readonly byKselftestsRules: boolean;
}

/** kselftest's. (tools/testing/selftests/kselftest.h, runner.sh) */
const skipStatus = 4;
const timeoutStatus = 124;

/**
 * The verdict. The kernel's complaints count before all else. A program that
 * ends with 0 although a subtest failed has failed: kselftest's runner would
 * take its word. So has one of one's own that has fewer results than it
 * planned; of kselftest's some count theirs without a line for each (kcmp_test,
 * 6.1), and one that was cut off has its status.
 */
export function judge({ status, limitMs, tap, complaints, tail, byKselftestsRules }: Ended): Pick<Outcome, 'verdict' | 'why'> {
  const leaves = tap === undefined ? [] : leavesOf(tap.cases);
  const bad = leaves.filter((leaf) => isBad(leaf.verdict));
  const [complaint] = complaints;
  if (complaint !== undefined) return { verdict: 'failed', why: complaint.title };
  if (status === undefined) return { verdict: 'timed-out', why: `it took longer than ${duration(limitMs)}` };
  if (byKselftestsRules && status === timeoutStatus) return { verdict: 'timed-out', why: 'it says so (status 124)' };
  if (tap?.bailOut !== undefined) return { verdict: 'failed', why: `it bailed out${tap.bailOut === '' ? '' : `: ${tap.bailOut}`}` };
  if (byKselftestsRules && status === skipStatus) return { verdict: 'skipped', why: whySkipped(tail) };
  if (bad.length > 0) return { verdict: 'failed', why: `${bad.length} of ${leaves.length} failed${status === 0 ? ', although its status is 0' : ''}` };
  if (status !== 0) return { verdict: 'failed', why: status > 128 ? `status ${status}: a signal ended it` : `status ${status}` };
  if (!byKselftestsRules && tap !== undefined && tap.wrong.length > 0) return { verdict: 'failed', why: tap.wrong[0] };
  if (tap?.skipped !== undefined) return { verdict: 'skipped', why: tap.skipped === '' ? whySkipped(tail) : tap.skipped };
  return { verdict: 'passed' };
}

/** The line by which it says why it was skipped: an option, a tool, a right that it misses. */
function whySkipped(tail: readonly string[]): string {
  const said = tail.findLast((line) => /\bskip/i.test(line)) ?? tail.at(-1) ?? '';
  return said.replace(/^[\s#]*/, '').replace(/^(?:1\.\.0 )?# ?SKIP:? */i, '').trim();
}

/** How many came out how; subtests where there are any. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function countsOf(outcomes: readonly Outcome[]): Counts {
  const of = (...verdicts: Verdict[]) => outcomes.filter(({ verdict }) => verdicts.includes(verdict)).length;
  return { passed: of('passed'), failed: of('failed', 'timed-out', 'lost'), skipped: of('skipped') };
}

/** 0 all passed, 1 something failed, 124 only time ran out, 255 a VM was lost. */
export function statusOf(outcomes: readonly Outcome[]): 0 | 1 | 124 | 255 {
  const has = (verdict: Verdict) => outcomes.some((outcome) => outcome.verdict === verdict);
  return has('lost') ? 255 : has('failed') ? 1 : has('timed-out') ? 124 : 0;
}
