/** What is kept of a bisect, from one run of kloop to the next. Written whole after each step: the same command goes on from there. */
import { readText, writeWhole } from '../host/files.ts';
import { isFailure, type Result } from '../report/failure.ts';
import type { Tested } from './tested.ts';

export interface Bisect {
  /** The directory that all worktrees of its repository share. */
  readonly repository: string;
  /** The user's tree. */
  readonly tree: string;
  /** Whole ids of commits. */
  readonly good: string;
  readonly bad: string;
  readonly command: readonly string[];
  /** In the order of the steps. */
  readonly tested: readonly Tested[];
  /** It has come to its end. */
  readonly over: boolean;
}

/** @returns `undefined` where there is none; one that cannot be read is as good as none */
export function readBisect(path: string): Bisect | undefined {
  const text = readText(path);
  if (isFailure(text) || text === undefined) return undefined;
  try {
    const bisect = JSON.parse(text) as Partial<Bisect>;
    return [bisect.tree, bisect.repository, bisect.good, bisect.bad].every((word) => typeof word === 'string') && Array.isArray(bisect.command) && Array.isArray(bisect.tested) ? bisect as Bisect : undefined;
  } catch {
    return undefined;
  }
}

export function writeBisect(path: string, bisect: Bisect): Result<void> {
  return writeWhole(path, `${JSON.stringify(bisect, null, 2)}\n`);
}

/** Whether both ask the same: then one goes on with the other. */
export function isSameQuestion(one: Bisect, other: Bisect): boolean {
  return one.repository === other.repository && one.good === other.good && one.bad === other.bad && JSON.stringify(one.command) === JSON.stringify(other.command);
}
