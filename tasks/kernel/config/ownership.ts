/** Whose a .config is: kloop keeps what it generated last, and what differs from it was edited by hand. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readText, writeIfDifferent, writeWhole } from '../../host/files.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { essence } from './text.ts';

/** The directory where kloop keeps its copies for a .config. */
export function copiesDir(stateDir: string, dotConfig: string): string {
  return join(stateDir, 'config', createHash('sha256').update(dotConfig).digest('hex').slice(0, 12));
}

/**
 * Where single options that were asked for (--set) are kept for a .config that
 * kloop generates: they are a part of it until `config --reset`.
 */
export function askedFile(stateDir: string, dotConfig: string): string {
  return join(copiesDir(stateDir, dotConfig), 'asked.config');
}

export type Whose =
  | { readonly whose: 'nobody' }
  | { readonly whose: 'ours'; readonly text: string }
  /** `before`: it was there before kloop; else it was edited since. */
  | { readonly whose: 'yours'; readonly text: string; readonly before: boolean };

/**
 * Compared by content, not by time: make rewrites the file when the compiler
 * changes, and `git checkout` moves times.
 *
 * @param unfinished the last run did not finish: it may have been killed
 *   between the copy and the .config itself, so that the copy before counts too.
 */
export function whoseConfig(dotConfig: string, copies: string, unfinished = false): Result<Whose> {
  const text = readText(dotConfig);
  if (isFailure(text)) return text;
  if (text === undefined) return { whose: 'nobody' };
  let known = false;
  for (const name of unfinished ? ['generated', 'previous'] : ['generated']) {
    const copy = readText(join(copies, name));
    if (isFailure(copy) || copy === undefined) continue;
    known = true;
    if (copy === text || essence(copy) === essence(text)) return { whose: 'ours', text };
  }
  return { whose: 'yours', text, before: !known };
}

/** Whether the copy of what was generated last is one still: not gone, cut off within a line or garbled. */
export function copyIsWhole(copies: string): boolean {
  const copy = readText(join(copies, 'generated'));
  return typeof copy === 'string' && copy.endsWith('\n') && copy.split('\n').every((line) => /^(#.*|CONFIG_\w+=.*)?$/.test(line));
}

/** What a configuration says, in a line: kept with a run's record, it tells kloop's own where the copies are damaged. */
export function configHash(text: string): string {
  return createHash('sha256').update(essence(text)).digest('hex');
}

/** Puts a generated configuration in its place. An equal file keeps its time. Tells whether it wrote. */
export function installConfig(text: string, dotConfig: string, copies: string): Result<boolean> {
  const last = readText(join(copies, 'generated'));
  if (isFailure(last)) return last;
  if (last !== undefined && last !== text) {
    const kept = writeWhole(join(copies, 'previous'), last);
    if (isFailure(kept)) return kept;
  }
  const copied = writeIfDifferent(join(copies, 'generated'), text);
  if (isFailure(copied)) return copied;
  const now = readText(dotConfig);
  if (isFailure(now)) return now;
  if (now !== undefined && essence(now) === essence(text) && toolsOf(now) === toolsOf(text)) return false;
  return writeIfDifferent(dotConfig, text);
}

/** The lines that Kconfig writes by itself: the rest of the file is comments. */
function toolsOf(text: string): string {
  return text.split('\n').filter((line) => /^CONFIG_/.test(line)).join('\n');
}
