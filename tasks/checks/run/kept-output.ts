/** From how a test ended to its outcome; its output is kept in a file. */
import { join } from 'node:path';
import { writeWhole } from '../../host/files.ts';
import { isFailure, type Failure } from '../../report/failure.ts';
import { judge, type Outcome } from '../outcome.ts';
import { leavesOf, parseTap } from '../tap.ts';
import type { Splat } from '../../console/splat.ts';
import { lastLines } from '../../host/processes/capture.ts';
import type { JobEnd } from './guest.ts';
import type { Job } from './job.ts';

const tailLines = 40;
const consoleLines = 10;

export interface KeepOptions {
  /** Where tests' outputs go. */
  readonly outputDir: string;
  readonly say: (line: string) => void;
  /** Of what the kernel complained of during a test, what is not expected: that fails the test. */
  readonly unexpected: (complaints: readonly Splat[]) => readonly Splat[];
}

/** @param place tells one run of a test from another: '2-0' is the first one's in the second round */
export function outcomeOf(job: Job, end: JobEnd, place: string, options: KeepOptions): Outcome {
  const text = end.output.text();
  const tap = parseTap(text);
  const console = end.kind === 'lost' ? end.console : [];
  // Of a VM that is lost the console says more than the test does.
  const tail = [...lastLines(text, tailLines), ...console.slice(-consoleLines)];
  const complaints = options.unexpected(end.complaints);
  const judged = end.kind === 'lost'
    ? { verdict: 'lost' as const, why: complaints[0]?.title ?? end.why }
    : judge({ status: end.status, limitMs: job.limitMs, tap, complaints, tail, byKselftestsRules: job.byKselftestsRules });
  const log = keepOutput(job.id, place, console.length === 0 ? text : `${text}\n… the VM was lost; the last lines of its console:\n${console.join('\n')}\n`, options);
  const oddities = [
    ...(tap?.wrong ?? []).filter((words) => words !== judged.why),
    ...(tap?.noPlan === true ? ['it has no plan, so missing results go unnoticed'] : []),
    ...(end.output.dropped === 0 ? [] : [`it printed ${Math.round(end.output.dropped / (1 << 20))} MiB more than are kept`]),
  ];
  return { id: job.id, ...judged, tookMs: end.tookMs, leaves: tap === undefined ? [] : leavesOf(tap.cases), oddities, complaints, tail, log, version: job.version };
}

/** @returns the file's path; `undefined` where it could not be written, which is said */
export function keepOutput(id: string, place: string, text: string, { outputDir, say }: Pick<KeepOptions, 'outputDir' | 'say'>): string | undefined {
  const log = join(outputDir, `${place}-${id.replaceAll(/[^\w.-]+/g, '+').slice(-100)}.log`);
  const written = writeWhole(log, text);
  if (isFailure(written)) say(`the output of ${id} is not kept: ${written.words.what}`);
  return isFailure(written) ? undefined : log;
}

/** A boot in which the kernel complained. */
export function badBoot(complaints: readonly Splat[], log: string): Outcome {
  return { id: 'boot', verdict: 'failed', why: complaints[0]?.title, tookMs: 0, leaves: [], oddities: [], complaints, tail: [], log };
}

/** A boot that failed, after others had not. */
export function failedBoot({ words }: Failure): Outcome {
  return { id: 'boot', verdict: 'lost', why: words.what, tookMs: 0, leaves: [], oddities: [], complaints: [], tail: (words.said ?? []).slice(-tailLines), log: words.log };
}

/** A test for which there is no VM any more. */
export function notRun(id: string, failure: Failure | undefined): Outcome {
  return { id, verdict: 'lost', why: `it was not run: ${failure?.words.what ?? 'there is no VM'}`, tookMs: 0, leaves: [], oddities: [], complaints: [], tail: [] };
}
