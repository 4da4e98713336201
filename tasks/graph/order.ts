/** The order in which targets are made. Pure. */
import { nearest } from '../text/nearest.ts';
import type { Result } from '../report/failure.ts';
import type { Target } from './target.ts';
import { graphFailure } from './reasons.ts';

export type Targets = ReadonlyMap<string, Target>;

/**
 * The goals and all that they need, each after its needs.
 *
 * @returns the targets in order; or `cycle`, or `unknown-target`.
 */
export function inOrder(targets: Targets, goals: readonly string[]): Result<Target[]> {
  const done = new Set<string>();
  const open: string[] = [];
  const ordered: Target[] = [];

  const visit = (name: string): Result<void> => {
    if (done.has(name)) return;
    if (open.includes(name)) return graphFailure({ reason: 'cycle', path: [...open.slice(open.indexOf(name)), name] });
    const target = targets.get(name);
    if (target === undefined) {
      const known = [...targets.keys()];
      return graphFailure({ reason: 'unknown-target', name, known, nearest: nearest(name, known) });
    }
    open.push(name);
    for (const need of target.needs) {
      const failure = visit(need);
      if (failure !== undefined) return failure;
    }
    open.pop();
    done.add(name);
    ordered.push(target);
  };

  for (const goal of goals) {
    const failure = visit(goal);
    if (failure !== undefined) return failure;
  }
  return ordered;
}
