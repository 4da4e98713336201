/** The rule of file times. Pure. */
import type { Freshness, StaleReason, TargetRecord } from './target.ts';

/** When a file was last changed, in ms since 1970, or that there is none. */
type Stamp = 'missing' | number;

/** An input as it is now. */
export interface Input {
  readonly path: string;
  readonly stamp: Stamp;
}

/** All that freshness by file times is judged from. */
export interface Evidence {
  readonly output: Input;
  readonly inputs: Iterable<Input>;
  readonly recipe: string;
  readonly past: TargetRecord | undefined;
  /** In ms since 1970: a file with a later time is said to have one. */
  readonly nowMs: number;
}

const stale = (reason: StaleReason): Freshness => ({ kind: 'stale', reason });

/**
 * Fresh is what exists, was finished by this recipe, and started later than
 * the last change of each input. The record's start counts, not the output's
 * time: a tool may leave an unchanged output alone (then output-older-than-
 * input would never settle), and an input saved while the recipe ran is newer
 * than what was read of it.
 *
 * After a failure it is told what changed since, and only where nothing did
 * that it failed: its output is missing or old for that very reason.
 *
 * Of several newer inputs the newest is named: it is the one that was saved
 * last. An input of the very tick of the start counts as newer: file times
 * come in ticks of up to 10 ms, and nobody can tell which was first.
 */
export function judge(evidence: Evidence): Freshness {
  const { output, past } = evidence;
  if (past !== undefined && wasInterrupted(past)) return stale({ kind: 'interrupted' });
  const failed = past?.failedMs !== undefined;
  if (output.stamp === 'missing' && !failed) return stale({ kind: 'output-missing', path: output.path });
  if (past === undefined) return stale({ kind: 'never-built' });
  if (past.recipe !== evidence.recipe) return stale({ kind: 'recipe-changed' });
  let newest: { path: string; stamp: number } | undefined;
  for (const input of evidence.inputs) {
    if (input.stamp === 'missing') return stale({ kind: 'input-missing', path: input.path });
    if (input.stamp >= past.startedMs && (newest === undefined || input.stamp > newest.stamp)) {
      newest = { path: input.path, stamp: input.stamp };
    }
  }
  if (newest !== undefined) return stale(newerReason(newest.path, newest.stamp, past.startedMs, evidence.nowMs));
  return failed ? stale({ kind: 'failed' }) : { kind: 'fresh' };
}

/** Why a target is stale for an input that isn't older than its last run; all times in ms since 1970. */
export function newerReason(path: string, changedMs: number, startedMs: number, nowMs: number): StaleReason {
  return changedMs > nowMs ? { kind: 'input-future', path, aheadMs: changedMs - nowMs } : { kind: 'input-newer', path, byMs: changedMs - startedMs };
}

/** Whether a run began and came to no end of its own: neither success nor failure was written down. */
export function wasInterrupted({ finished, failedMs }: TargetRecord): boolean {
  return !finished && failedMs === undefined;
}
