/** What is known before a build: what changed since the last finished one, and how it can be built. Looks, and changes nothing. */
import { statSync } from 'node:fs';
import { stateOf, type Look } from '../../host/files.ts';
import type { Scope } from '../inputs/inputs.ts';
import { changesSince, type Change } from '../inputs/changes.ts';
import { presentOn } from '../inputs/snapshot.ts';
import { loadSnapshot, snapshotPath, type Kept } from '../inputs/snapshot-store.ts';
import type { BuildIndex, BuildDirs } from '../inputs/index-model.ts';
import type { BuildPlace } from '../inputs/place.ts';
import { loadIndex } from '../inputs/index-store.ts';
import { readEnvironment, type LinkEnvironment } from '../quick/link-environment.ts';
import { notDealtWith, readAttempt, withAttempt, type Attempt } from './attempt.ts';
import { decide, type Decision } from '../quick/decide.ts';
import { quickFacts } from '../quick/facts.ts';

export interface Survey {
  readonly kept: Kept | undefined;
  readonly attempt: Attempt | undefined;
  /** Since the last finished build. */
  readonly changes: readonly Change[];
  /** Those among them whose made files may be newer and yet not come from them. */
  readonly suspects: readonly Change[];
  readonly decision: Decision;
  /** Where the decision is a quick build. */
  readonly index: BuildIndex | undefined;
  readonly environment: LinkEnvironment | undefined;
}

export interface SurveyRequest {
  readonly tree: BuildDirs;
  readonly place: BuildPlace;
  readonly scope: Scope;
  readonly recipe: string;
  /** Whether a build may be quick at all. */
  readonly fast: boolean;
  /** The recipe of the last run, finished or not. */
  readonly pastRecipe: string | undefined;
  /** How the disk is asked; default: anew. */
  readonly look?: Look | undefined;
}

export function survey(request: SurveyRequest): Survey {
  const { tree, place, scope, look = stateOf } = request;
  const kept = loadSnapshot(snapshotPath(place, scope), tree);
  const attempt = readAttempt(place.attempt);
  const since = kept === undefined ? [] : changesSince(kept.snapshot, presentOn({ tree, made: kept.made }, look));
  const changes = withAttempt(since, attempt, look);
  const known = { kept, attempt, changes, suspects: notDealtWith(changes, attempt, changedAt) };
  // The common case: then nothing more is read.
  if (changes.length === 0 && attempt === undefined && kept !== undefined) {
    return { ...known, environment: undefined, index: undefined, decision: { kind: 'make', why: 'nothing has changed' } };
  }
  const environment = readEnvironment(place.environment, request.recipe);
  const refusal = refused(request, kept, attempt);
  const index = refusal === undefined ? loadIndex(place.index, tree) : undefined;
  if (refusal !== undefined || index === undefined) {
    return { ...known, environment, index, decision: { kind: 'make', why: refusal ?? 'there is no index yet' } };
  }
  const short = (path: string) => (path.startsWith(`${tree.source}/`) ? path.slice(tree.source.length + 1) : path);
  // A build that did not finish has left neither a vmlinux nor objects to compare with.
  const edits = attempt === undefined ? changes : changes.filter((change) => change.kind !== 'output' && change.kind !== 'product');
  const edited = new Set(edits.flatMap((change) => (change.kind === 'edited' || change.kind === 'unsure' ? [change.path] : [])));
  const facts = environment === undefined ? undefined : quickFacts(index, environment.exported, edited);
  return { ...known, environment, index, decision: decide(edits, index, facts, short) };
}

/** Why no quick build is thought of. */
function refused(request: SurveyRequest, kept: Kept | undefined, attempt: Attempt | undefined): string | undefined {
  if (!request.fast) return 'KERNEL_FAST=off';
  if (request.scope !== 'vmlinux') return 'the boot image is made by make';
  if (kept === undefined) return 'the first build';
  if (attempt !== undefined && !attempt.ended && attempt.by !== 'quick') return 'the last build was cut off';
  if (attempt !== undefined && attempt.recipe !== request.recipe) return 'the last build had another recipe';
  if (request.pastRecipe !== undefined && request.pastRecipe !== request.recipe) return 'its recipe changed';
  return undefined;
}

/** When a file last changed in any way, its times included, in ms. */
export function changedAt(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? Infinity : Math.max(stat.ctimeMs, stat.mtimeMs);
}
