/** The verdicts for a person: a screen of 80 columns. Pure. */
import { wouldWork, type Check } from './checks.ts';

const marks: Readonly<Record<Check['state'], string>> = { ok: 'ok', note: 'note', missing: 'MISSING', wrong: 'WRONG' };

const markWidth = Math.max(...Object.values(marks).map((mark) => mark.length));

/** `width`: columns. Ends with the verdict on `vm`. */
export function showChecks(checks: readonly Check[], width: number): string {
  const left = Math.max(...checks.map(({ section }) => section.length)) + 2;
  const indent = ' '.repeat(left + markWidth + 2);
  const lines: string[] = [];
  let section: string | undefined;
  for (const check of checks) {
    const name = check.section === section ? '' : check.section;
    section = check.section;
    const text = wrapped(check.words, width - indent.length);
    lines.push(`${name.padEnd(left)}${marks[check.state].padEnd(markWidth)}  ${text[0] ?? ''}`, ...text.slice(1).map((line) => indent + line));
    // A command is not broken: it is there to be pasted.
    if (check.fix !== undefined) lines.push(`${indent}→ ${check.fix}`);
  }
  const bad = checks.filter(({ state }) => state === 'missing' || state === 'wrong').length;
  lines.push('', wouldWork(checks) ? '`npm run vm` would work.' : `\`npm run vm\` would not work: ${bad === 1 ? 'one thing needs' : `${bad} things need`} fixing.`);
  return `${lines.join('\n')}\n`;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
