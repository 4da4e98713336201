/** A script of changes: `at 3s cut wifi; at 8s fix wifi`, on one line or several. Pure. */
import { parseDuration, type Parsed } from '../text/values.ts';
import { changed, plainProfile } from './link.ts';
import { parseChange, type Change } from './state.ts';

export interface Step {
  /** After the script's start; ms. */
  readonly atMs: number;
  readonly change: Change;
  /** As it is written. */
  readonly text: string;
}

/**
 * @param paths the names that there are
 * @returns the steps by their times, those of one time as they are written; or what is wrong, with the number of its line
 */
export function parseScript(text: string, paths: readonly string[]): Parsed<Step[]> {
  const steps: Step[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    for (const part of line.replace(/#.*/, '').split(';').map((one) => one.trim()).filter((one) => one !== '')) {
      const step = parseStep(part, paths);
      if ('wrong' in step) return { wrong: `line ${i + 1}: ${step.wrong}` };
      steps.push(step.value);
    }
  }
  if (steps.length === 0) return { wrong: 'there is nothing in it' };
  return { value: steps.sort((a, b) => a.atMs - b.atMs) };
}

function parseStep(text: string, paths: readonly string[]): Parsed<Step> {
  const [, time, rest] = /^at\s+(\S+)\s+(.*)$/.exec(text) ?? [];
  if (time === undefined || rest === undefined) return { wrong: `'${text}': expected at TIME CHANGE, such as at 3s cut wifi` };
  const at = parseDuration(time);
  if ('wrong' in at) return { wrong: `'${time}': ${at.wrong}` };
  const change = parseChange(rest.split(/\s+/), paths);
  if ('wrong' in change) return change;
  // What can be wrong whatever the path is like is said before the first step.
  const wrongValue = change.value.values.map((value) => changed(plainProfile, [value])).find((one) => 'wrong' in one && /expected|a path has/.test(one.wrong));
  if (wrongValue !== undefined && 'wrong' in wrongValue) return wrongValue;
  return { value: { atMs: at.value, change: change.value, text } };
}
