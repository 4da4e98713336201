/** What a person is told of a way through the history. Pure. */
import { duration } from '../text/duration.ts';
import { inColumns } from '../text/table.ts';
import { isBroken, type Row } from './each.ts';
import type { Begun } from './bisect.ts';
import type { Bisect } from './notes.ts';
import type { Commit } from './repository.ts';
import type { Tested } from './tested.ts';

/** A commit's id, short enough for a line. */
export const shortId = (id: string): string => id.slice(0, 12);

const plural = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

/** A commit is tested now. */
export function beginsLine({ id, subject }: Pick<Commit, 'id' | 'subject'>, step: Begun): string {
  if (typeof step === 'string') return `${shortId(id)} ${subject}: is it ${step}?`;
  const left = step.steps === 0 ? 'the last one' : `about ${plural(step.steps, 'more step', 'more steps')}, ${plural(step.left, 'commit', 'commits')}`;
  return `${shortId(id)} ${subject} (${left})`;
}

export function testedLine({ commit, verdict, why, tookMs }: Tested): string {
  const how = verdict === 'skip' ? 'cannot be tested' : `is ${verdict}`;
  return `${shortId(commit)} ${how}: ${why} (${duration(tookMs)})`;
}

/** How many, and how long. */
function work(tested: readonly Tested[]): string {
  const skipped = tested.filter(({ verdict }) => verdict === 'skip').length;
  const took = tested.reduce((sum, { tookMs }) => sum + tookMs, 0);
  return `${plural(tested.length, 'commit was', 'commits were')} tried${skipped === 0 ? '' : `, ${skipped} of which could not be tested`}, in ${duration(took)}`;
}

/** @param log what `git bisect log` prints */
export function foundLines({ id, subject, author, date }: Commit, { tested }: Pick<Bisect, 'tested'>, log: string): string[] {
  const it = tested.find(({ commit }) => commit === id);
  return [
    `the first bad commit is ${id}`, `  ${subject}`, `  ${author}, ${date}`,
    ...(it === undefined ? [] : [`  ${it.why}`]),
    ...(it?.evidence === undefined ? [] : [`  Evidence: ${it.evidence}`]),
    ...log.split('\n').map((line) => `  ${line}`),
    work(tested),
  ];
}

/** @param commits those that it may be */
export function unclearLines(commits: readonly Pick<Commit, 'id' | 'subject'>[], { tested }: Pick<Bisect, 'tested'>): string[] {
  return [
    `the first bad commit is one of ${commits.length}, between which no commit can be tested:`,
    ...commits.map(({ id, subject }) => `  ${shortId(id)} ${subject}`),
    work(tested),
  ];
}

/** The table of a series: commit, build, verdict, what it is about. Each line ends with a newline. */
export function eachTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => [shortId(row.commit), buildWords(row), verdictWords(row), row.subject, isBroken(row) || row.verdict === 'skip' ? row.why : '']);
  return inColumns([['commit', 'build', 'verdict', 'subject', ''], ...cells]).map((line) => `${line}\n`).join('');
}

function buildWords({ build, newWarnings }: Row): string {
  if (build === 'failed') return 'failed';
  return newWarnings === undefined || newWarnings.length === 0 ? 'ok' : plural(newWarnings.length, 'new warning', 'new warnings');
}

function verdictWords({ build, verdict }: Row): string {
  if (build === 'failed') return 'not run';
  return { good: 'passed', bad: 'failed', skip: 'unclear' }[verdict];
}

/** How many of a series are broken, and the first of them. */
export function eachSummary(rows: readonly Row[], of: number): string {
  const broken = rows.filter(isBroken);
  const [first] = broken;
  const left = of - rows.length;
  return `${plural(rows.length, 'commit', 'commits')}: ${first === undefined ? 'none is broken' : `${broken.length} broken, first ${shortId(first.commit)}`}${left === 0 ? '' : `; ${left} not tested`}`;
}
