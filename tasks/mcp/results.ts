/** From what a run of kloop printed, and its exit status, to a tool's result: facts for a program, and text for a reader. Pure. */
import { duration } from '../text/duration.ts';
import { bounded, cut, firstOf } from './bounded.ts';
import type { PlanRow } from './host-changes.ts';

/** What a run printed, as much of it as was kept. */
interface Printed {
  readonly text: string;
  /** Bytes that were not kept, from its middle. */
  readonly dropped: number;
}

export interface Ran {
  readonly exit: number;
  readonly stdout: Printed;
  readonly stderr: Printed;
  readonly tookMs: number;
}

export interface ToolResult {
  /** Absent where there are words alone. */
  readonly structured?: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** What was asked for could not be done: not even to a bad end. */
  readonly failed: boolean;
}

/** So many of a list are in a result: the rest is counted. */
export const mostListed = 100;
const fewListed = 20;
/** Characters of a line that says why. */
const whyRoom = 300;

/** `undefined`: it isn't JSON, or not all of it was kept. */
export function jsonOf<T>({ text, dropped }: Printed): T | undefined {
  if (dropped > 0) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

const shown = ({ text, dropped }: Printed) => bounded(text, dropped);
/** The parts that have something to say, a line between them. */
const text = (...parts: readonly (string | undefined)[]) => parts.filter((part) => part !== undefined && part !== '').join('\n\n');
const counted = (leftOut: number) => (leftOut === 0 ? {} : { leftOut });

export function buildResult({ exit, stderr, tookMs }: Ran): ToolResult {
  const verdict = exit === 0 ? 'built' : 'failed';
  const output = shown(stderr);
  return {
    structured: { verdict, exit, totalMs: Math.round(tookMs), output },
    text: text(`${verdict} after ${duration(tookMs)} (exit status ${exit})`, output),
    failed: exit !== 0,
  };
}

/** What `kloop vm --json` prints. */
interface VmLine {
  readonly verdict: string;
  readonly exit: number;
  readonly status?: number;
  readonly words?: string;
  readonly splats?: readonly { readonly kind: string; readonly title: string }[];
  readonly evidence?: string;
  readonly log?: string;
  readonly totalMs: number;
}

/** There was no command that could have passed or failed. */
const neverRan = new Set(['not-run', 'build-failed', 'interrupted']);

export function runResult({ exit, stdout, stderr, tookMs }: Ran): ToolResult {
  // Refused before it began: then there are words alone.
  const line: VmLine = jsonOf<VmLine>(stdout) ?? { verdict: 'not-run', exit, totalMs: Math.round(tookMs) };
  const splats = firstOf(line.splats ?? [], fewListed);
  const output = shown(stderr);
  return {
    structured: { ...line, splats: splats.first, ...(splats.leftOut === 0 ? {} : { splatsLeftOut: splats.leftOut }), output },
    text: text([
      `${line.verdict}${line.status === undefined ? '' : `: the command's status is ${line.status}`}${line.words === undefined ? '' : `: ${line.words}`}`,
      ...splats.first.map(({ title }) => `the kernel complained: ${title}`),
      ...(line.evidence === undefined ? [] : [`evidence: ${line.evidence}`]),
      ...(line.log === undefined ? [] : [`console: ${line.log}`]),
    ].join('\n'), output),
    failed: neverRan.has(line.verdict),
  };
}

/** What `kloop check --json` prints, as far as it is read. */
interface Checked {
  readonly tests: readonly Tested[];
  readonly changes: Readonly<Record<'newlyFailing' | 'newlyPassing' | 'flaky' | 'slower', readonly string[]>>;
}

interface Tested {
  readonly id: string;
  readonly verdict: string;
  readonly why?: string;
  readonly tookMs: number;
  readonly leaves: readonly { readonly name: string; readonly verdict: string; readonly why?: string }[];
  readonly complaints: readonly { readonly title: string }[];
  readonly log?: string;
}

/** By kloop check's exit statuses. */
const checkVerdicts: Readonly<Record<number, string>> = { 0: 'passed', 1: 'failed', 124: 'timed-out', 255: 'lost' };
const isBad = (verdict: string) => verdict !== 'passed' && verdict !== 'skipped' && verdict !== 'expected';

export function checkResult({ exit, stdout, stderr, tookMs }: Ran): ToolResult {
  const verdict = checkVerdicts[exit] ?? 'not-run';
  const output = shown(stderr);
  const checked = jsonOf<Checked>(stdout);
  const all = checked?.tests ?? [];
  // What is left out is what passed.
  const tests = firstOf([...all.filter((test) => isBad(test.verdict)), ...all.filter((test) => !isBad(test.verdict))], mostListed);
  const changes = checked === undefined ? undefined : Object.fromEntries(Object.entries(checked.changes).map(([name, list]) => [name, firstOf(list, mostListed).first]));
  const bad = all.filter((test) => isBad(test.verdict));
  const unread = checked === undefined && verdict !== 'not-run' ? { unread: 'the results of the single tests are too long to be read, or are not there' } : {};
  return {
    structured: { verdict, exit, totalMs: Math.round(tookMs), tests: tests.first.map(testFacts), ...counted(tests.leftOut), ...(changes === undefined ? {} : { changes }), ...unread, output },
    text: text(
      `${verdict}: ${all.length - bad.length} of ${all.length} tests did not fail (exit status ${exit})`,
      firstOf(bad, fewListed).first.map(({ id, verdict: how, why }) => cut(`${id}: ${how}${why === undefined ? '' : `: ${why}`}`, whyRoom)).join('\n'),
      unread.unread,
      output,
    ),
    failed: verdict === 'not-run',
  };
}

function testFacts({ id, verdict, why, tookMs, leaves, complaints, log }: Tested): Record<string, unknown> {
  const failing = firstOf(leaves.filter((leaf) => isBad(leaf.verdict)), fewListed);
  return {
    id, verdict, ...(why === undefined ? {} : { why: cut(why, whyRoom) }), tookMs: Math.round(tookMs), subtests: leaves.length,
    ...(failing.first.length === 0 ? {} : { failing: failing.first.map((leaf) => cut(`${leaf.name}${leaf.why === undefined ? '' : `: ${leaf.why}`}`, whyRoom)) }),
    ...(failing.leftOut === 0 ? {} : { failingLeftOut: failing.leftOut }),
    ...(complaints.length === 0 ? {} : { complaints: firstOf(complaints, fewListed).first.map(({ title }) => title) }),
    ...(log === undefined ? {} : { log }),
  };
}

/** @returns `undefined` where what was printed can't be read: the run failed before it printed anything */
export function planResult({ exit, stdout, stderr }: Ran): ToolResult | undefined {
  const targets = jsonOf<readonly PlanRow[]>(stdout);
  if (targets === undefined) return undefined;
  const lines = targets.map(({ target, freshness, words, after, note }) =>
    cut(`${target}: ${freshness}${words !== undefined ? `: ${words}` : after !== undefined ? ` ${after.join(', ')}` : ''}${note === undefined ? '' : ` (${note})`}`, whyRoom));
  const output = shown(stderr);
  return { structured: { exit, targets, output }, text: text(lines.join('\n'), output), failed: exit !== 0 };
}

interface Doctored {
  readonly works: boolean;
  readonly checks: readonly { readonly section: string; readonly state: string; readonly words: string; readonly fix?: string }[];
}

export function doctorResult({ stdout }: Ran): ToolResult | undefined {
  const found = jsonOf<Doctored>(stdout);
  if (found === undefined) return undefined;
  const { works, checks } = found;
  const lines = checks.map(({ section, state, words, fix }) => `${section}: ${state}: ${words}${fix === undefined ? '' : `\n  Next: ${fix}`}`);
  return { structured: { works, checks }, text: text(works ? 'a VM would work' : 'a VM would not work', bounded(lines.join('\n'))), failed: false };
}

interface EvidenceRow {
  readonly name: string;
  readonly dir: string;
  readonly bytes: number;
  readonly title: string;
  readonly what: string;
  readonly by: string;
  readonly atMs: number;
  readonly command?: string;
  readonly status?: number | string;
}

export function evidenceResult({ stdout }: Ran): ToolResult | undefined {
  const all = jsonOf<readonly EvidenceRow[]>(stdout);
  if (all === undefined) return undefined;
  const { first, leftOut } = firstOf(all, mostListed);
  const evidence = first.map(({ name, dir, bytes, title, what, by, atMs, command, status }) => ({
    name, dir, bytes, title: cut(title, whyRoom), what: cut(what, whyRoom), by, at: new Date(atMs).toISOString(),
    ...(command === undefined ? {} : { command: cut(command, whyRoom) }), ...(status === undefined ? {} : { status: String(status) }),
  }));
  return {
    structured: { evidence, ...counted(leftOut) },
    text: evidence.length === 0 ? 'there is no evidence: nothing has gone wrong' : evidence.map(({ name, by, title }) => `${name}  ${by}  ${title}`).join('\n'),
    failed: false,
  };
}

/** One piece of evidence: what its README.md tells. */
export function evidenceTextResult({ stdout }: Ran): ToolResult {
  const readme = shown(stdout);
  return { structured: { evidence: [], readme }, text: readme, failed: false };
}

/** A run that came to nothing: what it said is all there is. */
export function failedResult({ exit, stderr }: Ran): ToolResult {
  return { text: text(`kloop failed (exit status ${exit})`, shown(stderr)), failed: true };
}
