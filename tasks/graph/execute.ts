/** Brings targets up to date: what does not depend on each other side by side, each judged just before it would run. */
import { isDeepStrictEqual } from 'node:util';
import type { Look } from '../host/files.ts';
import { isFailure, type Failure, type Result } from '../report/failure.ts';
import { interrupted, interruption } from '../report/interrupted.ts';
import type { RunEvent } from './event.ts';
import { inOrder, type Targets } from './order.ts';
import { judgeTarget, outputsOf, type Fingerprints } from './outputs.ts';
import type { Records } from './records.ts';
import type { Freshness, Target, TargetRecord } from './target.ts';

/** What the executor needs from the outside. A test gives its own, with a clock that ticks by hand. */
export interface World {
  readonly records: Records;
  /** Ms, for durations. */
  now(): number;
  /** A fresh look at the disk. */
  look(): Look;
  /** What a made file is, at this moment. */
  readonly fingerprint: Fingerprints;
  /** The file system's own time, in ms: file times are compared with it. */
  fileClock(): Result<number>;
  /** Takes the lock; `undefined` when `signal` ended the wait. `onWait` is told who holds it. */
  lock(name: string, onWait: (holder: string) => void, signal: AbortSignal): Promise<{ release(): Promise<void> } | undefined>;
  /** The file for the full output of a target's recipe: a new one each time. */
  logFor(target: string): string;
}

interface Request {
  readonly goals: readonly string[];
  /** Targets that run although they are fresh. */
  readonly force?: ReadonlySet<string>;
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
  /** A look that has begun already; what has changed since counts as saved while the recipes ran. Default: a new one. */
  readonly moment?: Moment | undefined;
}

/** How a run went: which targets were made. */
export interface Ran {
  readonly made: ReadonlySet<string>;
}

/**
 * Runs what is stale among the goals and their needs.
 *
 * @returns what was made; or the first failure, after what was under way beside it has ended.
 */
export async function bringUp(targets: Targets, request: Request, world: World): Promise<Result<Ran>> {
  const ordered = inOrder(targets, request.goals);
  if (isFailure(ordered)) return ordered;
  request.emit({ kind: 'planned', targets: ordered.map(({ name, title }) => ({ target: name, title })) });
  const made = new Set<string>();
  const pass: Pass = { request, world, moment: request.moment ?? momentOf(world) };
  const runs = new Map<string, Promise<boolean>>();
  let first: Failure | undefined;

  const run = async (target: Target): Promise<boolean> => {
    for (const need of target.needs) if (!(await runs.get(need))) return false;
    if (first !== undefined) return false;
    const began = world.now();
    const outcome = await bringUpOne(target, pass);
    if (isFailure(outcome)) {
      first ??= outcome;
      request.emit({ kind: 'failed', target: target.name, title: target.title, elapsedMs: world.now() - began, failure: outcome });
      return false;
    }
    if (outcome) made.add(target.name);
    return true;
  };

  for (const target of ordered) runs.set(target.name, run(target));
  await Promise.all(runs.values());
  return first ?? { made };
}

/** What the targets of one run share. */
interface Pass {
  readonly request: Request;
  readonly world: World;
  /** Taken again when a recipe has run, here or in another kloop: files have changed. */
  moment: Moment;
}

/** A look at the disk, and when it began: what changes after that is newer than a recipe that goes by it. */
export interface Moment {
  readonly startedMs: Result<number>;
  readonly look: Look;
}

export const momentOf = (world: World): Moment => ({ startedMs: world.fileClock(), look: world.look() });

/** A judgement, when it was begun, and the record that it went by. */
interface Judged {
  readonly startedMs: Result<number>;
  readonly past: TargetRecord | undefined;
  readonly freshness: Freshness;
}

async function judged(target: Target, key: string, { startedMs, look }: Moment, world: World): Promise<Result<Judged>> {
  const past = world.records.read(target.name, key);
  const freshness = await judgeTarget(target, past, look, world.fingerprint);
  return isFailure(freshness) ? freshness : { startedMs, past, freshness };
}

/** @returns whether its recipe ran. */
async function bringUpOne(target: Target, pass: Pass): Promise<Result<boolean>> {
  const { name, title } = target;
  const { request, world } = pass;
  const forced = request.force?.has(name) ?? false;
  const key = target.key();
  if (isFailure(key)) return key;
  const lookFirst = forced ? undefined : await judged(target, key, pass.moment, world);
  if (isFailure(lookFirst)) return lookFirst;
  if (lookFirst?.freshness.kind === 'fresh') {
    request.emit({ kind: 'skipped', target: name, title, note: lookFirst.freshness.note });
    return false;
  }
  let waited = false;
  const onWait = (holder: string) => {
    waited = true;
    request.emit({ kind: 'waiting', target: name, title, holder });
  };
  const lock = await world.lock(`${name}:${key}`, onWait, request.signal);
  if (lock === undefined) return interrupted(request.signal);
  try {
    // Judged again where somebody held the lock, or had it in between: they may have made it.
    const holds = lookFirst !== undefined && !waited && isDeepStrictEqual(lookFirst.past, world.records.read(name, key));
    const judgement = holds ? lookFirst : await judged(target, key, momentOf(world), world);
    return isFailure(judgement) ? judgement : await makeLocked(target, key, forced, judgement, pass);
  } finally {
    pass.moment = momentOf(world);
    await lock.release();
  }
}

async function makeLocked(target: Target, key: string, forced: boolean, { startedMs, past, freshness }: Judged, { request, world }: Pass): Promise<Result<boolean>> {
  const { name, title } = target;
  if (freshness.kind === 'fresh' && !forced) {
    request.emit({ kind: 'skipped', target: name, title, note: freshness.note });
    return false;
  }
  const recipe = target.recipe();
  if (isFailure(recipe)) return recipe;
  if (isFailure(startedMs)) return startedMs;
  const began = world.now();
  const reason = freshness.kind === 'stale' ? freshness.reason : undefined;
  request.emit({ kind: 'started', target: name, title, reason });
  // Invalidate first, record last: a run killed in between is seen as interrupted.
  const invalid = world.records.write(name, key, { startedMs, recipe, finished: false, outputs: past?.outputs, details: past?.details });
  if (isFailure(invalid)) return invalid;
  const made = await target.run({
    signal: request.signal,
    log: world.logFor(name),
    startedMs,
    past,
    reason,
    found: freshness.kind === 'stale' ? freshness.found : undefined,
    progress: (progress) => request.emit({ kind: 'progress', target: name, title, progress }),
    say: (line) => request.emit({ kind: 'said', target: name, title, line }),
  });
  if (isFailure(made)) {
    const failedMs = interruption.is(made, 'interrupted') ? undefined : world.fileClock();
    // Where it cannot be written (a full disk), the run counts as interrupted.
    if (typeof failedMs === 'number') world.records.write(name, key, { startedMs, recipe, finished: false, failedMs, outputs: past?.outputs, details: past?.details });
    return made;
  }
  // The recipe may be known better now: the first build settles its own arguments.
  const settled = target.recipe();
  if (isFailure(settled)) return settled;
  const recorded = world.records.write(name, key, { startedMs, recipe: settled, finished: true, outputs: outputsOf(target, made.details, world.fingerprint), details: made.details });
  if (isFailure(recorded)) return recorded;
  request.emit({ kind: 'finished', target: name, title, elapsedMs: world.now() - began, note: made.note });
  return true;
}
