/** Runs tests: in one VM or in several at once, one boot for all or one for each; a VM that is lost is booted again for those that are left. */
import { statSync } from 'node:fs';
import { isFailure, type Result } from '../../report/failure.ts';
import { interrupted, interruption } from '../../report/interrupted.ts';
import type { Splat } from '../../console/splat.ts';
import type { Outcome } from '../outcome.ts';
import { checkFailure } from '../reasons.ts';
import { nearest } from '../../text/nearest.ts';
import { lastLines } from '../../host/processes/capture.ts';
import type { CheckGuest } from './guest.ts';
import type { Job } from './job.ts';
import { badBoot, failedBoot, keepOutput, notRun, outcomeOf, type KeepOptions } from './kept-output.ts';
import { outcomesOf, readResults, suitesIn } from './kunit.ts';
import type { Lane } from './lane.ts';
import { shareOut, type Made } from './share-out.ts';

/** What shows a run is told. `vm`: in which of those that run at once, from 0. */
export interface RunEvents {
  /** A VM boots: `boot`; KUnit's results are read: `kunit`; a test. */
  started(id: string, vm: number): void;
  booted?(): void;
  /** The last line that the running test has printed. */
  printed(line: string, vm: number): void;
  ended(outcome: Outcome, where: Where): void;
}

/** Where a test was run. */
export interface Where {
  readonly vm: number;
  /** Its VM's console. */
  readonly console: string;
  /** What its kernel complained of meanwhile, unexpectedly. */
  readonly splats: readonly Splat[];
}

export interface RunOptions extends KeepOptions {
  readonly signal: AbortSignal;
  /** A boot for each test. */
  readonly fresh: boolean;
  /** Rounds of all the tests; with `untilFail` it ends with the first round that has a failure. */
  readonly rounds: number;
  readonly untilFail: boolean;
  /** KUnit's suites that are wanted, by globs; none: KUnit's results are not asked for. */
  readonly kunit: readonly string[];
  /** ms; how long KUnit's results may take to be read. */
  readonly bootTimeoutMs: number;
  readonly jobs: readonly Job[];
  readonly events: RunEvents;
}

/** What is in the queue. */
type Item =
  /** KUnit runs at boot, and at no other time: a round of it is a boot. */
  | { readonly kind: 'kunit'; readonly id: string }
  | { readonly kind: 'job'; readonly id: string; readonly job: Job };

/** @returns all outcomes, in the order of the tests; or why no VM could be booted, or KUnit's results not be read */
export async function runTests(lanes: readonly Lane[], options: RunOptions): Promise<Result<Outcome[]>> {
  const items: readonly Item[] = [
    ...(options.kunit.length > 0 ? [{ kind: 'kunit', id: 'kunit' } as const] : []),
    ...options.jobs.map((job): Item => ({ kind: 'job', id: job.id, job })),
  ];
  const outcomes: Outcome[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    const shared = await shareOut(items, lanes, (item, lane, place) => runIn(lane, item, `${round}-${place}`, options));
    if (isFailure(shared)) return shared;
    const failure = lanes.map((lane) => lane.failure).find((one) => one !== undefined);
    if (failure !== undefined && !lanes.some(({ everBooted }) => everBooted)) return failure;
    for (const lane of round > 1 ? [] : lanes) if (!lane.everBooted && lane.failure !== undefined) options.say(`VM ${lane.number + 1} does not boot, the others go on: ${lane.failure.words.what}`);
    const left = shared.left.map(({ id }) => notRun(id, failure));
    for (const outcome of left) options.events.ended(outcome, { vm: 0, console: failure?.words.log ?? '', splats: [] });
    const now = [...shared.made, ...left];
    outcomes.push(...now);
    if (shared.left.length > 0 || (options.untilFail && now.some(({ verdict }) => verdict !== 'passed' && verdict !== 'skipped'))) break;
  }
  return outcomes;
}

async function runIn(lane: Lane, item: Item, place: string, options: RunOptions): Promise<Result<Made<Outcome>>> {
  const { events, signal } = options;
  const made: Outcome[] = [];
  const add = (outcome: Outcome, console: string) => {
    made.push(outcome);
    events.ended(outcome, { vm: lane.number, console, splats: outcome.complaints });
  };
  const ready = await lane.ready({ fresh: options.fresh || item.kind === 'kunit', signal, booting: () => events.started('boot', lane.number) });
  if (isFailure(ready)) {
    if (interruption.is(ready, 'interrupted')) return ready;
    // Of a kernel that never boots the failure itself is told.
    if (lane.everBooted) add(failedBoot(ready), ready.words.log ?? '');
    return { done: false, made };
  }
  const { guest, boots } = ready;
  if (boots) {
    events.booted?.();
    const complaints = options.unexpected(guest.complaints());
    if (complaints.length > 0) add(badBoot(complaints, guest.log), guest.log);
  }
  events.started(item.id, lane.number);
  if (item.kind === 'kunit') {
    const suites = await kunitOutcomes(guest, place, options);
    if (isFailure(suites)) return suites;
    for (const outcome of suites) add(outcome, guest.log);
  } else {
    const end = await guest.run(item.job, signal, lastLineTo((line) => events.printed(line, lane.number)));
    if (isFailure(end)) return end;
    add(outcomeOf(item.job, end, place, options), guest.log);
  }
  return { done: true, made };
}

async function kunitOutcomes(guest: CheckGuest, place: string, options: RunOptions): Promise<Result<Outcome[]>> {
  const { signal, kunit } = options;
  const job: Job = { id: 'kunit', argv: readResults(kunit), cwd: '/', limitMs: options.bootTimeoutMs, byKselftestsRules: false, version: '' };
  const end = await guest.run(job, signal, () => undefined);
  if (isFailure(end)) return end;
  if (end.kind === 'lost' && signal.aborted) return interrupted(signal);
  // A suite in a module that takes the VM with it, or takes too long.
  if (end.kind === 'lost' || end.status === undefined) return [outcomeOf(job, end, place, options)];
  if (end.status !== 0) return checkFailure({ reason: 'no-kunit', why: end.status === 3 ? 'off' : 'debugfs' });
  const suites = suitesIn(end.output.text());
  const known = suites.map(({ name }) => name);
  const keep = ({ name, text }: { name: string; text: string }) => keepOutput(`kunit:${name}`, place, text, options);
  for (const glob of kunit) {
    if (outcomesOf(suites, [glob]).length === 0) return checkFailure({ reason: 'no-suite', glob, known, nearest: nearest(glob.replaceAll('*', ''), known), where: 'kernel' });
  }
  return outcomesOf(suites, kunit, keep);
}

/** Gives the last whole line of what comes, for a person to see that something moves. */
function lastLineTo(show: (line: string) => void): (chunk: Buffer) => void {
  return (chunk) => {
    const line = lastLines(chunk.toString(), 1)[0]?.trim();
    if (line !== undefined && line !== '') show(line);
  };
}

/** Names a kernel, for telling whether two runs were in the same one: its image's time and size. */
export function kernelName(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? path : `${path} ${stat.mtimeMs} ${stat.size}`;
}
