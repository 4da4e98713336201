/** The runs that are kept, as one HTML page: a grid of tests by runs, and what there is to know of each cell. It needs nothing besides itself, and no script. Pure. */
import { duration } from '../../text/duration.ts';
import type { PastTest } from '../history.ts';
import type { Verdict } from '../outcome.ts';
import { isBad } from '../tap.ts';
import { escaped } from './escape.ts';
import { style } from './style.ts';

/** A part of a file. */
export interface Excerpt {
  readonly text: string;
  readonly path: string;
  /** Bytes that are left out; all of it where the page would be too long. */
  readonly left: number;
}

/** One test of one run. */
export interface PageTest extends Omit<PastTest, 'log' | 'splats'> {
  readonly output?: Excerpt;
  /** What the kernel complained of. */
  readonly splats?: Excerpt;
}

export interface PageRun {
  /** ms since 1970 */
  readonly startedMs: number;
  /** Another build, another name. */
  readonly kernel: string;
  readonly tests: readonly PageTest[];
  /** The tree that the kernel was built from. */
  readonly source?: { readonly tree: string; readonly head?: string; readonly diff?: Excerpt };
}

/** All of one test in one run: with --repeat there are several. */
interface Cell {
  readonly at: string;
  readonly tests: readonly PageTest[];
}

interface Row {
  readonly id: string;
  /** By the runs, newest first; `undefined` where it was not run. */
  readonly cells: readonly (Cell | undefined)[];
}

const badness: readonly Verdict[] = ['lost', 'failed', 'timed-out', 'passed', 'skipped'];
const marks: Readonly<Record<Verdict, string>> = { 'passed': '✓', 'failed': '✗', 'skipped': '–', 'timed-out': 'T', 'lost': 'L' };
const words: Readonly<Record<Verdict, string>> = { 'passed': 'passed', 'failed': 'failed', 'skipped': 'skipped', 'timed-out': 'ran out of time', 'lost': 'the VM was lost' };
const isBadVerdict = (verdict: Verdict) => verdict !== 'passed' && verdict !== 'skipped';
const worst = (tests: readonly PageTest[]): Verdict => badness.find((verdict) => tests.some((test) => test.verdict === verdict)) ?? 'skipped';

/** So many subtests that failed are named. */
const mostNamed = 50;

/**
 * @param oldestFirst the runs
 * @param nowMs when it is written, ms since 1970
 */
export function page(oldestFirst: readonly PageRun[], nowMs: number): string {
  const runs = oldestFirst.toReversed();
  const rows = rowsOf(runs);
  const failing = rows.filter((row) => isBadVerdict(latest(row)));
  const others = rows.filter((row) => !isBadVerdict(latest(row)));
  const newest = runs[0];
  return [
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n',
    // Whatever an output holds, the page fetches nothing and runs nothing.
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">\n',
    `<title>kloop check: ${failing.length} failing of ${rows.length}</title>\n<style>${style}</style>\n</head>\n<body>\n`,
    '<div class="intro"><h1>Tests by runs</h1>\n',
    `<p>${count(runs.length, 'run')} of ${count(rows.length, 'test')}, the newest on the left${newest === undefined ? '' : `: ${time(newest.startedMs)}, ${runCounts(newest)}`}. `,
    'A cell leads to its output, to what the kernel complained of, and to the source it ran on. A line separates runs in different kernels. ',
    `<span class="dim">Written ${time(nowMs)}.</span></p>\n`,
    `<p class="key">${(Object.keys(marks) as Verdict[]).map((verdict) => `<span><b class="${verdict}">${marks[verdict]}</b>${words[verdict]}</span>`).join('')}</p></div>\n`,
    '<input type="checkbox" id="bad"> <label for="bad">only tests that have failed in one of these runs</label>\n',
    rows.length === 0 ? '<p>No run is kept yet.</p>\n' : grid(runs, failing, others),
    ...runs.map((run, i) => details(run, i, rows, runs)),
    '</body>\n</html>\n',
  ].join('');
}

function rowsOf(runs: readonly PageRun[]): Row[] {
  const tests = runs.map((run) => {
    const byId = new Map<string, PageTest[]>();
    for (const test of run.tests) byId.set(test.id, [...byId.get(test.id) ?? [], test]);
    return byId;
  });
  const ids = [...new Set(tests.flatMap((byId) => [...byId.keys()]))].sort((a, b) => a.localeCompare(b, 'en'));
  return ids.map((id, place) => ({
    id,
    cells: tests.map((byId, run) => {
      const found = byId.get(id);
      return found === undefined ? undefined : { at: `r${run}t${place}`, tests: found };
    }),
  }));
}

/** How it came out when it was run last. */
function latest({ cells }: Row): Verdict {
  const cell = cells.find((one) => one !== undefined);
  return cell === undefined ? 'skipped' : worst(cell.tests);
}

function grid(runs: readonly PageRun[], failing: readonly Row[], others: readonly Row[]): string {
  const apart = runs.map((run, i) => i > 0 && run.kernel !== runs[i - 1]?.kernel);
  const head = runs.map((run, i) => `<th scope="col" class="day${apart[i] === true ? ' other' : ''}"><a href="#r${i}">${time(run.startedMs).slice(5, 16)}</a></th>`).join('');
  const part = (title: string, rows: readonly Row[]) => (rows.length === 0 ? '' : `<tbody>\n<tr class="part"><th scope="rowgroup" colspan="${runs.length + 2}">${title}</th></tr>\n${rows.map((row) => gridRow(row, apart)).join('')}</tbody>\n`);
  return `<table>\n<thead><tr><th class="name" scope="col">test</th><th scope="col">passed</th>${head}</tr></thead>\n${part(`Failing when last run: ${failing.length}`, failing)}${part(`The others: ${others.length}`, others)}</table>\n`;
}

function gridRow({ id, cells }: Row, apart: readonly boolean[]): string {
  const verdicts = cells.flatMap((cell) => (cell === undefined ? [] : cell.tests.map(({ verdict }) => verdict)));
  const passed = verdicts.filter((verdict) => verdict === 'passed').length;
  const run = verdicts.filter((verdict) => verdict !== 'skipped').length;
  const tds = cells.map((cell, i) => `<td${apart[i] === true ? ' class="other"' : ''}>${cell === undefined ? '' : cellLink(cell)}</td>`).join('');
  return `<tr${verdicts.some(isBadVerdict) ? '' : ' class="good"'}><th scope="row" title="${escaped(id)}">${escaped(id)}</th><td class="sum">${passed} of ${run}</td>${tds}</tr>\n`;
}

function cellLink({ at, tests }: Cell): string {
  const verdict = worst(tests);
  const bad = tests.filter((test) => isBadVerdict(test.verdict)).length;
  const title = isBadVerdict(verdict) ? ` title="${escaped(tests.find((test) => test.verdict === verdict)?.why ?? words[verdict])}"` : '';
  return `<a href="#${at}" class="${verdict}"${title}>${marks[verdict]}${tests.length > 1 && bad > 0 ? `${bad}/${tests.length}` : ''}</a>`;
}

/** The cells of a run, and its source: a cell is shown with the source that follows it. */
function details(run: PageRun, place: number, rows: readonly Row[], runs: readonly PageRun[]): string {
  const bad = rows.filter(({ cells }) => cells[place]?.tests.some((test) => isBadVerdict(test.verdict)));
  const list = bad.map((row) => `<li><a href="#${row.cells[place]?.at ?? ''}">${escaped(row.id)}</a></li>`).join('');
  const whole = `<section class="card" id="r${place}">${nav(place + 1 < runs.length ? `r${place + 1}` : undefined, place > 0 ? `r${place - 1}` : undefined)}<h2>Run of ${time(run.startedMs)}</h2><p>${runCounts(run)}</p>${list === '' ? '' : `<ul>${list}</ul>`}</section>\n`;
  const cards = rows.flatMap(({ id, cells }) => {
    const cell = cells[place];
    if (cell === undefined) return [];
    const earlier = cells.slice(place + 1).find((one) => one !== undefined);
    const later = cells.slice(0, place).findLast((one) => one !== undefined);
    return [`<section class="card" id="${cell.at}">${nav(earlier?.at, later?.at)}<h2>${escaped(id)}</h2><p class="dim">in the <a href="#r${place}">run of ${time(run.startedMs)}</a></p>${cell.tests.map(testDetails).join('<hr>')}</section>\n`];
  });
  return `<div class="run">\n${whole}${cards.join('')}${sourceOf(run)}</div>\n`;
}

function nav(earlier: string | undefined, later: string | undefined): string {
  const link = (at: string | undefined, text: string) => (at === undefined ? '' : `<a href="#${at}">${text}</a>`);
  // A place that is not there: the page does not move.
  return `<nav>${link(earlier, '← earlier')}${link(later, 'later →')}<a href="#-">close</a></nav>`;
}

function testDetails({ verdict, why, tookMs, cases, output, splats }: PageTest): string {
  const all = Object.entries(cases);
  const bad = all.filter(([, one]) => isBad(one)).map(([name]) => `<li>${escaped(name)}</li>`);
  return [
    `<p><span class="verdict ${verdict}">${words[verdict]}</span>${tookMs === 0 ? '' : ` in ${duration(tookMs)}`}${why === undefined || why === '' ? '' : `: ${escaped(why)}`}</p>`,
    all.length === 0 ? '' : `<p>${count(all.length, 'subtest')}${bad.length === 0 ? '' : `, ${bad.length} failed:`}</p>`,
    bad.length === 0 ? '' : `<ul>${bad.slice(0, mostNamed).join('')}${bad.length > mostNamed ? `<li>and ${bad.length - mostNamed} more</li>` : ''}</ul>`,
    excerpt('What the kernel complained of', splats, escaped),
    excerpt('Its output', output, escaped),
  ].join('');
}

function excerpt(title: string, part: Excerpt | undefined, shown: (text: string) => string, open = true): string {
  if (part === undefined) return '';
  const { text, path, left } = part;
  if (text === '' && left > 0) return `<p>${title} is too long for this page: ${escaped(path)}</p>`;
  if (text === '') return `<p class="dim">${title}: nothing</p>`;
  const more = left === 0 ? '' : `<p class="dim">${left} bytes are left out here; all of it: ${escaped(path)}</p>`;
  // The line break after <pre> is not a part of it: one that the text begins with would be lost.
  return `<details${open ? ' open' : ''}><summary>${title}</summary>${more}<pre>\n${shown(text)}</pre></details>`;
}

function sourceOf({ source, kernel }: PageRun): string {
  const [, path = kernel, builtMs] = /^(.*) ([\d.]+) \d+$/s.exec(kernel) ?? [];
  const built = builtMs === undefined ? '' : `, built ${time(Number(builtMs))}`;
  const lines = [`<p>Kernel: ${escaped(path)}${built}</p>`];
  if (source === undefined) lines.push('<p class="dim">It was given by --kernel: its source is not known.</p>');
  else if (source.head === undefined) lines.push(`<p>Source: ${escaped(source.tree)} <span class="dim">(not a git repository)</span></p>`);
  else {
    lines.push(`<p>Source: ${escaped(source.tree)}, commit ${escaped(source.head)}</p>`);
    lines.push(source.diff === undefined ? '<p class="dim">All of it was committed.</p>' : excerpt('What was not committed', source.diff, diffMarkup));
  }
  return `<section class="source"><b>What it ran on</b>${lines.join('')}</section>\n`;
}

function diffMarkup(text: string): string {
  return text.split('\n').map((line) => {
    const kind = /^(?:diff |index |\+\+\+ |--- |@@)/.test(line) ? 'h' : line.startsWith('+') ? 'a' : line.startsWith('-') ? 'd' : '';
    return kind === '' ? escaped(line) : `<span class="${kind}">${escaped(line)}</span>`;
  }).join('\n');
}

function runCounts({ tests }: PageRun): string {
  const of = (verdict: Verdict) => tests.filter((test) => test.verdict === verdict).length;
  return (['passed', 'failed', 'timed-out', 'lost', 'skipped'] as const).map((verdict) => [verdict, of(verdict)] as const).filter(([, number]) => number > 0)
    .map(([verdict, number]) => `${number} ${verdict === 'timed-out' ? 'out of time' : verdict}`).join(', ') || 'no tests';
}

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
const time = (ms: number) => `${new Date(ms).toISOString().replace('T', ' ').slice(0, 19)} UTC`;
