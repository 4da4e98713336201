/** What a person is told of a run of tests. Pure. */
import { duration } from '../../text/duration.ts';
import type { Changes } from '../history.ts';
import { countsOf, type Outcome } from '../outcome.ts';
import { isBad } from '../tap.ts';

/** So many failed subtests are told, and so many lines of a failed test without subtests. */
const most = { leaves: 20, lines: 15, notes: 4, characters: 200 } as const;

/** One line for a test that has ended. */
export function outcomeLine({ id, verdict, why, tookMs, leaves }: Outcome): string {
  const took = tookMs === 0 ? '' : ` in ${duration(tookMs)}`;
  const word = verdict === 'timed-out' ? 'timed out' : verdict;
  const of = verdict === 'passed' && leaves.length > 0 ? ` (${subtests(leaves)})` : '';
  return `${id}: ${word}${verdict === 'timed-out' ? '' : took}${of}${why === undefined || why === '' || verdict === 'passed' ? '' : `: ${why}`}`;
}

function subtests(leaves: Outcome['leaves']): string {
  const skipped = leaves.filter(({ verdict }) => verdict === 'skipped').length;
  const expected = leaves.filter(({ verdict }) => verdict === 'expected').length;
  return [
    `${leaves.length} ${leaves.length === 1 ? 'subtest' : 'subtests'}`,
    ...(skipped === 0 ? [] : [`${skipped} skipped`]), ...(expected === 0 ? [] : [`${expected} failed as expected`]),
  ].join(', ');
}

/** What there is to know of one that did not pass, indented. */
export function detailLines(outcome: Outcome): string[] {
  const { verdict, leaves, oddities, complaints, tail, log } = outcome;
  const odd = oddities.map((line) => `  ${line}`);
  if (verdict === 'passed' || verdict === 'skipped') return odd;
  const bad = leaves.filter((leaf) => isBad(leaf.verdict));
  const shown = bad.slice(0, most.leaves).flatMap((leaf) => [
    `  not ok: ${leaf.name}${leaf.why === undefined ? '' : ` (${leaf.why})`}`,
    ...leaf.notes.slice(-most.notes).map((note) => `    ${cut(note.trim())}`),
  ]);
  return [
    ...complaints.map(({ title }) => `  the kernel complained: ${title}`),
    ...shown, ...(bad.length > most.leaves ? [`  and ${bad.length - most.leaves} more`] : []),
    ...(bad.length > 0 ? [] : tail.slice(-most.lines).map((line) => `  | ${cut(line)}`)),
    ...odd,
    ...(log === undefined ? [] : [`  Its output: ${log}`]),
  ];
}

/** A test may print lines without end. */
const cut = (line: string) => (line.length <= most.characters ? line : `${line.slice(0, most.characters)}…`);

/** The last line: how many came out how. */
export function summary(outcomes: readonly Outcome[], tookMs: number): string {
  const { passed, failed, skipped } = countsOf(outcomes);
  const leaves = outcomes.reduce((sum, outcome) => sum + outcome.leaves.length, 0);
  const counts = [`${passed} passed`, ...(failed === 0 ? [] : [`${failed} failed`]), ...(skipped === 0 ? [] : [`${skipped} skipped`])].join(', ');
  return `${counts}${leaves === 0 ? '' : ` (${leaves} ${leaves === 1 ? 'subtest' : 'subtests'})`} in ${duration(tookMs)}`;
}

/** What this run tells that the one before did not. */
export function changeLines({ newlyFailing, newlyPassing, flaky, slower }: Changes): string[] {
  const line = (title: string, names: readonly string[]) => (names.length === 0 ? [] : [`${title}: ${names.slice(0, most.leaves).join(', ')}${names.length > most.leaves ? ` and ${names.length - most.leaves} more` : ''}`]);
  return [
    ...line('newly failing', newlyFailing), ...line('newly passing', newlyPassing),
    ...line('flaky (passed and failed in this same kernel)', flaky), ...line('slower than twice the usual', slower),
  ];
}
