/** One build of a goal by make, from a tree in whatever state to a snapshot of what it was made from. */
import { basename, join, resolve } from 'node:path';
import type { Progress } from '../../graph/target.ts';
import { readText, stateOf, type FileState } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import type { Scope } from '../inputs/inputs.ts';
import type { Change } from '../inputs/changes.ts';
import { isSourceName } from '../inputs/names.ts';
import { takeInputs, takeMade } from '../inputs/snapshot.ts';
import { saveSnapshot, snapshotPath, type Kept } from '../inputs/snapshot-store.ts';
import { dependentsOf, isUnder, type BuildIndex, type BuildDirs } from '../inputs/index-model.ts';
import type { BuildPlace } from '../inputs/place.ts';
import { writeCompileCommands } from '../inputs/compile-commands.ts';
import { findCmdFiles, loadIndex, refreshIndex, saveIndex } from '../inputs/index-store.ts';
import { doubts } from '../inputs/doubts.ts';
import { captureEnvironment, readEnvironment } from '../quick/link-environment.ts';
import { linkSteps } from '../make/link-steps.ts';
import { forgetAttempt, statesOf, writeAttempt } from './attempt.ts';
import { estimateSteps, filesNamed } from '../make/output.ts';
import { configDeceived, deceived, forgetConfig, removeHalfMade, removeMade } from './repair.ts';
import { makeEnvironment, runMake, type MakeRun } from '../make/run.ts';
import { putPathsRight } from './moved-tree.ts';
import type { Survey } from './survey.ts';

export interface BuildRequest {
  readonly tree: BuildDirs;
  readonly place: BuildPlace;
  readonly scope: Scope;
  readonly goal: string;
  /** Goals besides: `modules`. */
  readonly also?: readonly string[] | undefined;
  /** The file that it makes, below the build directory. */
  readonly output: string;
  readonly args: readonly string[];
  /** What the output depends on besides files. */
  readonly recipe: string;
  /** Whether later builds may be quick. */
  readonly fast: boolean;
  /** What make was seen to make without a `.cmd` file, in earlier builds. */
  readonly made?: ReadonlySet<string> | undefined;
  /** Where make is called; default: in the source. */
  readonly cwd?: string | undefined;
  /** Over kloop's own environment. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly jobs: number;
  readonly log: string;
  /** When the recipe started, in ms by the file system's clock. */
  readonly startedMs: number;
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
  say(line: string): void;
}

/** A margin for when make's words reach us after it did what they say. */
const hearsayMs = 1000;

export async function buildByMake(request: BuildRequest, known: Survey, processes: Pick<Processes, 'run'>): Promise<Result<MakeRun & { doubts: readonly string[] }>> {
  const { tree, place, startedMs } = request;
  const repaired = await repair(request, known, processes);
  if (isFailure(repaired)) return repaired;

  const config = join(tree.build, '.config');
  const configBefore = readText(config);
  if (isFailure(configBefore)) return configBefore;
  const attempt = { startedMs, by: 'make' as const, ended: false, recipe: request.recipe, states: statesOf(known.changes) };
  const noted = writeAttempt(place.attempt, attempt);
  if (isFailure(noted)) return noted;
  const run = await runMake({ ...request, busyFile: place.busy, estimate: estimate(request, known, configBefore) }, processes);
  if (isFailure(run)) {
    // No list of inputs tells yet what of this tree matters; the files that the failure names do.
    const named = known.kept === undefined ? namedStates(tree, run) : {};
    if (!request.signal.aborted) writeAttempt(place.attempt, { ...attempt, ended: true, states: { ...attempt.states, ...named } });
    return run;
  }
  const [recorded] = await Promise.all([
    recordBuild(request, { kept: known.kept, made: run.made, configBefore }),
    request.fast && request.scope === 'vmlinux' && readEnvironment(place.environment, request.recipe) === undefined
      ? captureEnvironment({ tree, args: request.args, env: { ...makeEnvironment, ...request.env }, recipe: request.recipe, path: place.environment, signal: request.signal }, processes)
      : undefined,
  ]);
  if (isFailure(recorded)) return recorded;
  forgetAttempt(place.attempt);
  return { ...run, doubts: recorded };
}

/** The files that a failure's lines name, as they are now. */
function namedStates(tree: BuildDirs, { words }: Failure): Record<string, FileState> {
  const states: Record<string, FileState> = {};
  for (const name of filesNamed(words.said ?? [])) {
    const path = resolve(tree.build, name);
    const state = stateOf(path);
    if (state !== undefined && isUnder(path, tree.source)) states[path] = state;
  }
  return states;
}

/** Writes down what a build read: the index of its `.cmd` files, and its inputs as they are. @returns what nothing vouches for, in words */
export async function recordBuild(request: Pick<BuildRequest, 'tree' | 'place' | 'scope' | 'output' | 'startedMs' | 'say'>, build: { kept: Kept | undefined; made: ReadonlyMap<string, number>; configBefore: string | undefined }): Promise<Result<readonly string[]>> {
  const { tree, place, scope, startedMs } = request;
  const index = await refreshIndex(tree, loadIndex(place.index, tree), findCmdFiles(tree));
  const saved = saveIndex(place.index, index);
  if (isFailure(saved)) return saved;
  const unwritten = writeCompileCommands(index);
  if (unwritten !== undefined) request.say(unwritten);
  const made = sourceLikeMade(index, new Set([...(build.kept?.made ?? []), ...build.made.keys()]));
  const inputs = await takeInputs({
    index,
    scope,
    startedMs,
    made,
    configBefore: build.configBefore,
    readLater: (path, changedMs) => dependentsOf(index, new Set([path])).every((entry) => (build.made.get(index.files[entry.target] ?? '') ?? 0) > changedMs + hearsayMs),
  });
  const snapshot = { ...inputs, ...takeMade(index, scope, join(tree.build, request.output)) };
  const written = saveSnapshot(snapshotPath(place, scope), tree, { snapshot, made });
  return isFailure(written) ? written : doubts(index, inputs.absent, scope);
}

/** The made files that by their names might be sources: neither inputs, nor news when they appear. */
function sourceLikeMade(index: BuildIndex, seen: ReadonlySet<string>): Set<string> {
  const made = new Set([...seen].filter((path) => isSourceName(basename(path))));
  for (const entry of index.entries) {
    const target = index.files[entry.target];
    if (target !== undefined && isSourceName(basename(target))) made.add(target);
  }
  return made;
}

/** Removes what make would wrongly build upon. */
async function repair(request: BuildRequest, known: Survey, processes: Pick<Processes, 'run'>): Promise<Result<void>> {
  const { tree, place, scope } = request;
  const { attempt, changes, kept } = known;
  if (attempt !== undefined && !attempt.ended) {
    // What the killed build had started may still be writing.
    const quiet = await processes.run({ argv: ['flock', place.busy, 'true'], signal: request.signal });
    if (isFailure(quiet)) return quiet;
    const removed = removeHalfMade(tree, attempt.startedMs);
    if (removed.length > 0) request.say(`the last build was interrupted: ${removed.length} files that may be incomplete are rebuilt`);
  }
  const moved = putPathsRight(tree, place.snapshot);
  if (isFailure(moved)) return moved;
  for (const line of moved) request.say(line);
  const output = join(tree.build, request.output);
  if (changes.some((change) => change.kind === 'output' && !change.missing) && !provenWhole(output)) removeMade([output]);
  let suspects = known.suspects;
  let index: BuildIndex | undefined;
  if (kept === undefined && attempt !== undefined) {
    // A first build that did not finish: what was saved while it ran?
    index = await refreshIndex(tree, undefined, findCmdFiles(tree));
    const now = await takeInputs({ index, scope, startedMs: attempt.startedMs, made: new Set(), configBefore: undefined });
    suspects = [...now.unsure].flatMap((path): Change[] => {
      const state = stateOf(path);
      return state === undefined ? [] : [{ kind: 'unsure', path, now: state }];
    });
  }
  if (!suspects.some(({ kind }) => kind === 'edited' || kind === 'unsure' || kind === 'added')) return undefined;
  index ??= await refreshIndex(tree, loadIndex(place.index, tree), findCmdFiles(tree));
  removeMade(deceived(index, suspects, (path) => stateOf(path)?.mtimeMs));
  if (configDeceived(tree, suspects)) forgetConfig(tree);
  return undefined;
}

/** Whether the `.cmd` file beside it says that the command which made it came to its end. */
function provenWhole(path: string): boolean {
  const cut = path.lastIndexOf('/') + 1;
  const cmd = stateOf(`${path.slice(0, cut)}.${path.slice(cut)}.cmd`);
  const made = stateOf(path);
  return cmd !== undefined && made !== undefined && cmd.mtimeMs >= made.mtimeMs;
}

/** Archives above an object, on the way to the link. */
const archives = 4;

function estimate(request: BuildRequest, { kept, changes }: Survey, config: string | undefined): number | undefined {
  if (kept === undefined) return config === undefined ? undefined : estimateSteps(config);
  const paths = new Set(changes.flatMap((change) => (change.kind === 'edited' || change.kind === 'unsure' ? [change.path] : [])));
  // Another configuration may touch anything.
  if (paths.size === 0 || [...paths].some((path) => /(\.config|Kconfig[^/]*|Makefile[^/]*|Kbuild)$/.test(path))) return undefined;
  const index = loadIndex(request.place.index, request.tree);
  return index === undefined ? undefined : dependentsOf(index, paths).length + archives + linkSteps;
}
