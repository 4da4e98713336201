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
import { choose, type Choice } from './choose.ts';
import { quickFacts } from '../quick/facts.ts';

export interface Survey {
  readonly kept: Kept | undefined;
  readonly attempt: Attempt | undefined;
  /** Since the last finished build. */
  readonly changes: readonly Change[];
  /** Those among them whose made files may be newer and yet not come from them. */
  readonly suspects: readonly Change[];
  readonly decision: Choice;
  /** Where the decision is a quick build of vmlinux. */
  readonly index: BuildIndex | undefined;
  readonly environment: LinkEnvironment | undefined;
}

interface SurveyRequest {
  readonly tree: BuildDirs;
  readonly place: BuildPlace;
  readonly scope: Scope;
  readonly recipe: string;
  /** The recipe with which the top makefile was asked for its variables: vmlinux's. */
  readonly environmentRecipe: string;
  /** Whether a build may be quick at all. */
  readonly fast: boolean;
  /** The recipe of the last run, finished or not. */
  readonly pastRecipe: string | undefined;
  /** How the disk is asked; default: again. */
  readonly look?: Look | undefined;
}

export function survey(request: SurveyRequest): Survey {
  const { tree, place, scope, look = stateOf } = request;
  const kept = loadSnapshot(snapshotPath(place, scope), tree);
  const attempt = readAttempt(place.attempt);
  const since = kept === undefined ? [] : changesSince(kept.snapshot, presentOn({ tree, made: kept.made }, look));
  const changes = withAttempt(since, attempt, look);
  let index: BuildIndex | undefined;
  let environment: LinkEnvironment | undefined;
  const decision = choose({
    fast: request.fast,
    scope,
    finished: kept !== undefined,
    attempt,
    recipe: request.recipe,
    pastRecipe: request.pastRecipe,
    changes,
    index: () => index = loadIndex(place.index, tree),
    exported: () => (environment = readEnvironment(place.environment, request.environmentRecipe)) !== undefined,
    quick: (read, edited) => {
      environment = readEnvironment(place.environment, request.environmentRecipe);
      return environment === undefined ? undefined : quickFacts(read, environment.exported, edited);
    },
    short: (path) => (path.startsWith(`${tree.source}/`) ? path.slice(tree.source.length + 1) : path),
  });
  return { kept, attempt, changes, suspects: notDealtWith(changes, attempt, changedAt), decision, index, environment };
}

/** When a file last changed in any way, its times included, in ms. */
export function changedAt(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? Infinity : Math.max(stat.ctimeMs, stat.mtimeMs);
}
