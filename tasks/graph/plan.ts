/** What would run, and why. Nothing is executed or written. */
import type { Look } from '../host/files.ts';
import { isFailure, type Failure, type Result } from '../report/failure.ts';
import type { World } from './execute.ts';
import { inOrder, type Targets } from './order.ts';
import { judgeTarget } from './outputs.ts';
import type { Freshness, Target } from './target.ts';

/** One target in a plan. */
export interface Planned {
  readonly target: Target;
  /** `after`: a need comes first, and what it makes decides. `unknowable`: it cannot be judged, and why. */
  readonly freshness: Freshness | { kind: 'after'; needs: readonly string[] } | { kind: 'unknowable'; failure: Failure };
}

export async function makePlan(targets: Targets, goals: readonly string[], world: Pick<World, 'records' | 'look' | 'fingerprint'>): Promise<Result<Planned[]>> {
  const ordered = inOrder(targets, goals);
  if (isFailure(ordered)) return ordered;
  const look = world.look();
  const unsettled = new Set<string>();
  const plan: Planned[] = [];
  for (const target of ordered) {
    const waiting = target.needs.filter((need) => unsettled.has(need));
    const freshness = waiting.length > 0 ? { kind: 'after' as const, needs: waiting } : await judged(target, world, look);
    if (freshness.kind !== 'fresh') unsettled.add(target.name);
    plan.push({ target, freshness });
  }
  return plan;
}

async function judged(target: Target, { records, fingerprint }: Pick<World, 'records' | 'fingerprint'>, look: Look): Promise<Planned['freshness']> {
  const key = target.key();
  if (isFailure(key)) return { kind: 'unknowable', failure: key };
  const freshness = await judgeTarget(target, records.read(target.name, key), look, fingerprint);
  return isFailure(freshness) ? { kind: 'unknowable', failure: freshness } : freshness;
}
