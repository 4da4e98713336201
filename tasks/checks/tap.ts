/**
 * TAP 13 and 14, KTAP, and kselftest's and KUnit's forms of them, read. Pure.
 *
 * tap-parser (18.3, node-tap's own) was tried on the real forms first. It nests
 * by four spaces, as TAP 14 does; KTAP nests by two, and kselftest by `# `, so
 * it took the result of a KUnit suite for garbage and passed a run whose suite
 * had failed; to it XFAIL is a part of the name. (Documentation/dev-tools/ktap.rst)
 */
import { withoutEscapes } from '../text/escapes.ts';

export type CaseVerdict = 'passed' | 'failed' | 'skipped' | 'expected' | 'timed-out';

/** One result. */
interface Case {
  readonly name: string;
  /** `expected`: it failed, as was known that it would (XFAIL, TODO). */
  readonly verdict: CaseVerdict;
  /** What stands after the directive. */
  readonly why?: string;
  /** Its subtests. */
  readonly cases: readonly Case[];
  /** What was printed between the result before and this one. */
  readonly notes: readonly string[];
}

/** What a test printed, understood. */
export interface Tap {
  readonly cases: readonly Case[];
  /** It gave up, for this reason. */
  readonly bailOut?: string;
  /** It skipped itself as a whole (`1..0 # SKIP`), for this reason. */
  readonly skipped?: string;
  /** What is wrong with it, in words: there are fewer results than were planned. */
  readonly wrong: readonly string[];
  /** Results without a plan to count them by. */
  readonly noPlan: boolean;
}

/** Of what was printed before a result, so many lines are kept. */
const notesKept = 20;

const stamp = /^\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?/;
const result = /^(not )?ok\b(?:\s+(\d+)\b)?(?:\s+-(?=\s|$))?\s*(.*)$/;
const plan = /^1\.\.(\d+)(?:\s*#\s*(.*))?$/;
const directive = /^(.*?)\s*(?<!\\)#\s*(SKIP|TODO|XFAIL|TIMEOUT|exit=\d+)\b:?\s*(.*)$/i;

/** How far a line stands from the left, and what it says: spaces and `# ` both nest. */
function placed(line: string): { width: number; text: string } {
  const text = line.replace(/^[\s#]+/, '');
  return { width: line.length - text.length, text: text.trimEnd() };
}

/** Reads a test's output. `undefined`: it is not TAP, for it has neither a version nor a plan. */
export function parseTap(output: string): Tap | undefined {
  const reader = new Reader();
  for (const raw of withoutEscapes(output).split(/\r*\n/)) reader.take(raw.replace(stamp, ''));
  return reader.end();
}

interface Open {
  readonly width: number;
  readonly one: Case;
}

class Reader {
  /** Results that no result of a lower width has taken as its subtests yet. */
  #open: Open[] = [];
  readonly #plans = new Map<number, number>();
  #notes: string[] = [];
  readonly #wrong: string[] = [];
  #isTap = false;
  #noPlan = false;
  #bailOut: string | undefined;
  #skipped: string | undefined;

  take(line: string): void {
    const { width, text } = placed(line);
    if (/^K?TAP version \d+$/.test(text)) {
      this.#isTap = true;
      return;
    }
    const planned = plan.exec(text);
    if (planned !== null) return this.#plan(width, Number(planned[1]), planned[2]);
    if (text.startsWith('Bail out!')) {
      this.#isTap = true;
      this.#bailOut ??= text.slice('Bail out!'.length).trim();
      return;
    }
    const found = result.exec(text);
    // In a comment only what is numbered is a result: there are sentences that begin with 'ok'.
    if (found !== null && (found[2] !== undefined || !line.slice(0, width).includes('#'))) return this.#result(width, found);
    if (text === '') return;
    this.#notes.push(line.trimEnd());
    if (this.#notes.length > notesKept) this.#notes.shift();
  }

  end(): Tap | undefined {
    if (!this.#isTap) return undefined;
    const last = this.#close(-1, 'the test');
    return {
      cases: last, wrong: this.#wrong, noPlan: this.#noPlan,
      ...(this.#bailOut === undefined ? {} : { bailOut: this.#bailOut }),
      ...(this.#skipped === undefined ? {} : { skipped: this.#skipped }),
    };
  }

  #plan(width: number, count: number, after: string | undefined): void {
    this.#isTap = true;
    this.#plans.set(width, count);
    const skip = /^SKIP\b:?\s*(.*)$/i.exec(after ?? '');
    if (count === 0 && (skip !== null || width === 0)) this.#skipped ??= skip?.[1] ?? '';
  }

  #result(width: number, [, not, number, rest = '']: RegExpExecArray): void {
    const [, before = rest, word = '', after = ''] = directive.exec(rest) ?? [];
    const unnamed = before.trim() === '';
    // kselftest.h writes the name after the directive: `ok 3 # SKIP set-tz: not root`.
    const name = (unnamed ? after : before).trim().replaceAll('\\#', '#') || `test ${number ?? ''}`.trim();
    const notes = this.#notes;
    this.#notes = [];
    const cases = this.#close(width, name);
    const verdict = verdictOf(not === undefined, word.toUpperCase());
    const why = word.startsWith('exit=') ? word : unnamed ? '' : after.trim();
    this.#open.push({ width, one: { name, verdict, cases, notes, ...(why === '' ? {} : { why }) } });
  }

  /** The results deeper than a width, as the subtests of one that stands there; their number is compared with their plan. */
  #close(width: number, parent: string): Case[] {
    let from = this.#open.length;
    while (from > 0 && (this.#open[from - 1]?.width ?? 0) > width) from--;
    const inner = this.#open.splice(from);
    const planAt = Math.min(...[...this.#plans.keys()].filter((at) => at > width));
    const depth = inner.reduce((least, one) => Math.min(least, one.width), planAt);
    const planned = this.#plans.get(depth);
    const got = inner.filter((one) => one.width === depth).length;
    if (planned === undefined && got > 0 && width < 0) this.#noPlan = true;
    if (planned !== undefined && planned !== got) this.#wrong.push(`${parent}: ${planned} results were planned, and ${got} came`);
    for (const at of [...this.#plans.keys()]) if (at > width) this.#plans.delete(at);
    return inner.map(({ one }) => one);
  }
}

function verdictOf(ok: boolean, word: string): CaseVerdict {
  switch (word) {
    case 'SKIP': return 'skipped';
    case 'XFAIL': return 'expected';
    case 'TODO': return ok ? 'passed' : 'expected';
    case 'TIMEOUT': return 'timed-out';
    default: return ok ? 'passed' : 'failed';
  }
}

/** A result without subtests, under its whole name. */
export interface Leaf {
  readonly name: string;
  readonly verdict: CaseVerdict;
  readonly why?: string;
  readonly notes: readonly string[];
}

/** The results that have no subtests. One that failed while its subtests did not is told as well. */
export function leavesOf(cases: readonly Case[], above = ''): Leaf[] {
  return cases.flatMap((one) => {
    const { cases: inner, ...rest } = one;
    const name = above === '' ? one.name : `${above}: ${one.name}`;
    const below = leavesOf(inner, name);
    const explained = below.length > 0 && (!isBad(one.verdict) || below.some((leaf) => isBad(leaf.verdict)));
    return explained ? below : [...below, { ...rest, name }];
  });
}

export const isBad = (verdict: CaseVerdict): boolean => verdict === 'failed' || verdict === 'timed-out';
