/** Results for other programs: TAP 13 as kselftest has it, JUnit's XML, JSON. Pure. */
import type { Changes } from './history.ts';
import type { Outcome } from './outcome.ts';
import type { Leaf } from './tap.ts';

/** One line for each test, its subtests before it in comments, as kselftest's runner writes them. */
export function asTap(outcomes: readonly Outcome[]): string {
  const lines = ['TAP version 13', `1..${outcomes.length}`];
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.leaves.length > 0) {
      lines.push(`# 1..${outcome.leaves.length}`, ...outcome.leaves.map((leaf, i) => `# ${tapLine(leaf.verdict, i + 1, leaf.name, leaf.why)}`));
    }
    for (const complaint of outcome.complaints) lines.push(`# ${complaint.title}`);
    // After a failure it would be a part of the name, and another in each run.
    if (outcome.why !== undefined) lines.push(`# ${oneLine(`${outcome.id}: ${outcome.why}`)}`);
    lines.push(tapLine(outcome.verdict, index + 1, outcome.id, outcome.why));
  }
  return `${lines.join('\n')}\n`;
}

function tapLine(verdict: Outcome['verdict'] | Leaf['verdict'], number: number, name: string, why: string | undefined): string {
  const ok = verdict === 'passed' || verdict === 'skipped' ? 'ok' : 'not ok';
  const word = { 'passed': '', 'failed': '', 'lost': '', 'skipped': 'SKIP', 'expected': 'XFAIL', 'timed-out': 'TIMEOUT' }[verdict];
  const after = word === '' ? '' : `${word} ${oneLine(why ?? '')}`.trim();
  return `${ok} ${number} ${oneLine(name).replaceAll('#', '\\#')}${after === '' ? '' : ` # ${after}`}`;
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

/** JUnit's XML, as CI systems read it: a suite for each test, a case for each subtest. */
export function asJunit(outcomes: readonly Outcome[]): string {
  const suites = outcomes.map((outcome) => {
    const cases = outcome.leaves.length === 0 || outcome.verdict === 'lost' || !explains(outcome)
      ? [...outcome.leaves.map((leaf) => caseXml(outcome.id, leaf.name, leaf.verdict, leaf.why, leaf.notes)), caseXml(outcome.id, outcome.id, outcome.verdict, outcome.why, [...outcome.complaints.map(({ title }) => title), ...outcome.tail], outcome.tookMs)]
      : outcome.leaves.map((leaf) => caseXml(outcome.id, leaf.name, leaf.verdict, leaf.why, leaf.notes));
    const failures = cases.filter((text) => text.includes('<failure')).length;
    const skipped = cases.filter((text) => text.includes('<skipped')).length;
    return `  <testsuite name="${xml(outcome.id)}" tests="${cases.length}" failures="${failures}" skipped="${skipped}" time="${(outcome.tookMs / 1000).toFixed(3)}">\n${cases.join('')}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('')}</testsuites>\n`;
}

/** Whether the subtests tell why it did not pass. */
const explains = ({ verdict, leaves }: Outcome) => verdict === 'passed' || verdict === 'skipped' || leaves.some((leaf) => leaf.verdict === 'failed' || leaf.verdict === 'timed-out');

function caseXml(suite: string, name: string, verdict: Outcome['verdict'] | Leaf['verdict'], why: string | undefined, output: readonly string[], tookMs?: number): string {
  const time = tookMs === undefined ? '' : ` time="${(tookMs / 1000).toFixed(3)}"`;
  const open = `    <testcase classname="${xml(suite)}" name="${xml(name)}"${time}`;
  const message = ` message="${xml(why ?? verdict)}"`;
  switch (verdict) {
    case 'passed':
    case 'expected': return `${open}/>\n`;
    case 'skipped': return `${open}><skipped${message}/></testcase>\n`;
    case 'failed':
    case 'timed-out':
    case 'lost': return `${open}><failure${message}>${xml(output.join('\n'))}</failure></testcase>\n`;
  }
}

/** What XML 1.0 cannot hold at all is left out: control characters, halves of surrogates. */
function xml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;', '\t': '&#9;' };
  return text
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '')
    .replaceAll(/[&<>"\n\t]/g, (c) => entities[c] ?? c);
}

/** All of it, for a program. Times are ms. */
export function asJson(outcomes: readonly Outcome[], changes: Changes): string {
  return `${JSON.stringify({ tests: outcomes, changes }, null, 2)}\n`;
}
