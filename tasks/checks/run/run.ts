/** Runs tests: one boot for all, or one for each; a VM that is lost is booted again for those that are left. */
import { join } from 'node:path';
import { statSync } from 'node:fs';
import { writeWhole } from '../../host/files.ts';
import { prepare } from '../../machine/run/prepare.ts';
import type { VmRequest } from '../../machine/request.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { interrupted } from '../../report/interrupted.ts';
import { judge, type Complaint, type Outcome } from '../outcome.ts';
import { checkFailure } from '../reasons.ts';
import { nearest } from '../../text/nearest.ts';
import { leavesOf, parseTap } from '../tap.ts';
import { lastLines } from './capture.ts';
import { CheckGuest, type JobEnd } from './guest.ts';
import type { Job } from './job.ts';
import { outcomesOf, readResults, suitesIn } from './kunit.ts';

/** What shows a run is told. */
export interface RunEvents {
  started(id: string): void;
  /** The last line that the running test has printed. */
  printed(line: string): void;
  ended(outcome: Outcome): void;
}

export interface RunOptions {
  readonly request: VmRequest;
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly onConsole: ((chunk: Buffer) => void) | undefined;
  /** A boot for each test. */
  readonly fresh: boolean;
  /** Rounds of all the tests; with `untilFail` it ends with the first round that has a failure. */
  readonly rounds: number;
  readonly untilFail: boolean;
  /** KUnit's suites that are wanted, by globs; none: KUnit's results are not asked for. */
  readonly kunit: readonly string[];
  /** Where tests' outputs go. */
  readonly outputDir: string;
  /** The tests, when it is known what runs them: time limits depend on it. */
  readonly jobs: (accel: 'kvm' | 'tcg') => readonly Job[];
  /** Of what the kernel complained of during a test, what is not expected: that fails the test. */
  readonly unexpected: (complaints: readonly Complaint[]) => readonly Complaint[];
  readonly events: RunEvents;
}

const tailLines = 40;
const consoleLines = 10;

/** @returns all outcomes, in order; or why the VM could not be had */
export async function runTests(options: RunOptions): Promise<Result<Outcome[]>> {
  const prepared = await prepare(options.request, { stateDir: options.stateDir });
  if (isFailure(prepared)) return prepared;
  for (const note of prepared.notes) options.say(note);
  const jobs = options.jobs(prepared.machine.accel);
  const outcomes: Outcome[] = [];
  const add = (outcome: Outcome) => {
    outcomes.push(outcome);
    options.events.ended(outcome);
  };
  let guest: CheckGuest | undefined;
  let round = 1;
  const boot = async (): Promise<Result<CheckGuest>> => {
    await guest?.stop();
    guest = undefined;
    options.events.started('boot');
    const booted = await CheckGuest.boot({ prepared, request: options.request, stateDir: options.stateDir, env: options.env, signal: options.signal, onConsole: options.onConsole });
    if (isFailure(booted)) return booted;
    guest = booted;
    // KUnit has run by now, and whatever else the kernel does at boot.
    const complaints = options.unexpected(booted.complaints());
    if (complaints.length > 0) add({ id: 'boot', verdict: 'failed', why: complaints[0]?.title, tookMs: 0, leaves: [], oddities: [], complaints, tail: [], log: booted.log });
    return booted;
  };
  try {
    for (; round <= options.rounds; round++) {
      const before = outcomes.length;
      // A round of KUnit is a boot: it runs at no other time.
      if (options.kunit.length > 0) {
        const booted = await boot();
        if (isFailure(booted)) return booted;
        const suites = await kunitOutcomes(booted, options, round);
        if (isFailure(suites)) return suites;
        for (const outcome of suites) add(outcome);
      }
      for (const [index, job] of jobs.entries()) {
        const used: CheckGuest | undefined = guest;
        const booted: Result<CheckGuest> = used === undefined || !used.alive || (options.fresh && (index > 0 || round > 1)) ? await boot() : used;
        if (isFailure(booted)) return booted;
        options.events.started(job.id);
        const end = await booted.run(job, lastLineTo((line) => options.events.printed(line)));
        if (isFailure(end)) return end;
        add(outcomeOf(job, end, options, `${round}-${index}`));
      }
      if (options.untilFail && outcomes.slice(before).some(({ verdict }) => verdict !== 'passed' && verdict !== 'skipped')) break;
    }
    return outcomes;
  } finally {
    await guest?.stop();
  }
}

function outcomeOf(job: Job, end: JobEnd, options: RunOptions, place: string): Outcome {
  const text = end.output.text();
  const tap = parseTap(text);
  // Of a VM that is lost the console says more than the test does.
  const tail = [...lastLines(text, tailLines), ...(end.kind === 'lost' ? end.console.slice(-consoleLines) : [])];
  const complaints = options.unexpected(end.complaints);
  const judged = end.kind === 'lost'
    ? { verdict: 'lost' as const, why: complaints[0]?.title ?? end.why }
    : judge({ status: end.status, limitMs: job.limitMs, tap, complaints, tail, byKselftestsRules: job.byKselftestsRules });
  const log = join(options.outputDir, `${place}-${job.id.replaceAll(/[^\w.-]+/g, '+').slice(-100)}.log`);
  const written = writeWhole(log, text);
  if (isFailure(written)) options.say(`the output of ${job.id} is not kept: ${written.words.what}`);
  const oddities = [
    ...(tap?.wrong ?? []).filter((words) => words !== judged.why),
    ...(tap?.noPlan === true ? ['it has no plan: whether results are missing cannot be told'] : []),
    ...(end.output.dropped === 0 ? [] : [`it printed ${Math.round(end.output.dropped / (1 << 20))} MiB more than are kept`]),
  ];
  return { id: job.id, ...judged, tookMs: end.tookMs, leaves: tap === undefined ? [] : leavesOf(tap.cases), oddities, complaints, tail, log: isFailure(written) ? undefined : log };
}

async function kunitOutcomes(guest: CheckGuest, options: RunOptions, round: number): Promise<Result<Outcome[]>> {
  options.events.started('kunit');
  const end = await guest.run({ id: 'kunit', argv: readResults, cwd: '/', limitMs: options.request.bootTimeoutMs, byKselftestsRules: false }, () => undefined);
  if (isFailure(end)) return end;
  if (end.kind === 'lost') return options.signal.aborted ? interrupted(options.signal) : checkFailure({ reason: 'no-kunit', why: 'debugfs' });
  if (end.status !== 0) return checkFailure({ reason: 'no-kunit', why: end.status === 3 ? 'off' : 'debugfs' });
  const text = end.output.text();
  const log = join(options.outputDir, `${round}-kunit.log`);
  writeWhole(log, text);
  const suites = suitesIn(text);
  const known = suites.map(({ name }) => name);
  for (const glob of options.kunit) {
    if (outcomesOf(suites, [glob], log).length === 0) return checkFailure({ reason: 'no-suite', glob, known, nearest: nearest(glob.replaceAll('*', ''), known), where: 'kernel' });
  }
  return outcomesOf(suites, options.kunit, log);
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
