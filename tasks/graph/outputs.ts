/** Whether what a recipe made is still what it left: a file that something else has written over is not up to date, whatever its inputs say. */
import type { Fingerprint } from '../host/fingerprint.ts';
import type { Look } from '../host/files.ts';
import { isFailure, type Result } from '../report/failure.ts';
import type { Freshness, StaleReason, Target, TargetRecord } from './target.ts';

/** How a made file is looked at; `undefined` where there is none. */
export type Fingerprints = (path: string) => Fingerprint | undefined;

/** The target's own judgement; where that is `fresh`, its outputs are compared with the record. */
export async function judgeTarget(target: Target, past: TargetRecord | undefined, look: Look, fingerprint: Fingerprints): Promise<Result<Freshness>> {
  const freshness = await target.judge(past, look);
  if (isFailure(freshness) || freshness.kind !== 'fresh' || freshness.needless || past === undefined || target.outputs === undefined) return freshness;
  const reason = outputDifference(past, fingerprint);
  return reason === undefined ? freshness : { kind: 'stale', reason };
}

function outputDifference({ outputs }: TargetRecord, fingerprint: Fingerprints): StaleReason | undefined {
  // Written by a kloop that did not keep it.
  if (outputs === undefined) return { kind: 'state', words: 'the outputs of its last run are unknown' };
  for (const [path, before] of Object.entries(outputs)) {
    const now = fingerprint(path);
    if (now === undefined) return { kind: 'output-missing', path };
    if (!isSameFile(before, now)) return { kind: 'output-changed', path };
  }
  return undefined;
}

export function isSameFile(a: Fingerprint, b: Fingerprint): boolean {
  return a.mtimeMs === b.mtimeMs && a.size === b.size && a.hash === b.hash;
}

/** What a recipe has made, to be kept with its record. */
export function outputsOf(target: Target, details: unknown, fingerprint: Fingerprints): TargetRecord['outputs'] {
  if (target.outputs === undefined) return undefined;
  return Object.fromEntries(target.outputs(details).flatMap((path) => {
    const made = fingerprint(path);
    return made === undefined ? [] : [[path, made]];
  }));
}
