/** A repository of little commits, for what goes through a history. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { git } from '../support/little-kernel.ts';

/**
 * A commit for each state, oldest first: a file `state` says what it is, and each has a file more than the one before.
 *
 * @returns their ids
 */
export function littleHistory(tree: string, states: readonly string[]): string[] {
  mkdirSync(tree, { recursive: true });
  git(tree, 'init', '--quiet');
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const commits = states.map((state, i) => [
    `commit refs/heads/main\nmark :${i + 1}\nauthor A Tester <tester@example.org> ${1_700_000_000 + i} +0000\ncommitter A Tester <tester@example.org> ${1_700_000_000 + i} +0000\n`,
    data(`change ${i}`), `M 644 inline state\n${data(`${state} ${i}\n`)}`, `M 644 inline file-${i}\n${data(`${i}\n`)}`,
  ].join(''));
  // A process for each would take a minute for all the tests.
  execFileSync('git', ['-C', tree, 'fast-import', '--quiet'], { input: commits.join('\n') });
  git(tree, 'reset', '--quiet', '--hard');
  return git(tree, 'rev-list', '--reverse', 'HEAD').trim().split('\n');
}
