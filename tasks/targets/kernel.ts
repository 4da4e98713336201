/** The targets `kernel` (vmlinux, which the VM boots) and `image` (bzImage, where something asks for it). */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { wasInterrupted } from '../graph/freshness.ts';
import { isSameFile } from '../graph/outputs.ts';
import type { Freshness, Made, StaleReason, Target, TargetRecord, Work } from '../graph/target.ts';
import { fileFailure, readText, textOf, type Look } from '../host/files.ts';
import { fingerprintOf } from '../host/fingerprint.ts';
import type { Processes } from '../host/processes/process.ts';
import { canLoadModules } from '../kernel/config/modules.ts';
import type { MakeCall } from '../kernel/make/call.ts';
import { bootDir, type Scope } from '../kernel/inputs/inputs.ts';
import { changedSinceFailure, reasonOf } from '../kernel/inputs/changes.ts';
import type { BuildDirs } from '../kernel/inputs/index-model.ts';
import { buildPlace } from '../kernel/inputs/place.ts';
import { buildByMake, recordBuild, type BuildRequest } from '../kernel/build/make.ts';
import type { Spread } from '../kernel/make/build-hosts.ts';
import { makeRecipe, recipeDifference } from '../kernel/make/recipe.ts';
import { movedFrom, movedWords, mayHaveMoved } from '../kernel/build/moved-tree.ts';
import { removeMade } from '../kernel/build/repair.ts';
import { withNewerCompiler } from '../kernel/make/newer-compiler.ts';
import { imageRequest } from '../kernel/build/image.ts';
import { quickBuild } from '../kernel/build/quick.ts';
import type { Choice } from '../kernel/build/choose.ts';
import { changedAt, survey, type Survey } from '../kernel/build/survey.ts';
import { verifyByMake } from '../kernel/build/verify.ts';
import { isFailure, type Result } from '../report/failure.ts';

export interface KernelTargetOptions {
  /** Where the kernel is; asked just before the target would run: `source` may have brought it only then. */
  tree(): Result<BuildDirs>;
  /** How make is called, as far as it is known without running anything: the recipe. */
  makeCall(): Result<MakeCall>;
  /** How make is called, after the compiler was asked where that matters. */
  prepare(): Promise<Result<MakeCall>>;
  /** How other machines take part, where some do (BUILD_HOSTS). */
  spread?(call: MakeCall, say: (line: string) => void): Promise<Result<Spread | undefined>>;
  /** At least 1. */
  readonly jobs: number;
  /** Whether an edit may be built without make's descent (KERNEL_FAST). */
  readonly fast: boolean;
  /** Whether a quick build is done again by make, and compared. */
  readonly verify?: boolean | undefined;
  readonly stateDir: string;
  readonly processes: Pick<Processes, 'run'>;
  readonly needs: readonly string[];
}

/** What tells the two targets apart. */
interface Kind {
  readonly name: string;
  readonly title: string;
  readonly scope: Scope;
  readonly goal: string;
  readonly output: string;
}

const vmlinux: Kind = { name: 'kernel', title: 'vmlinux', scope: 'vmlinux', goal: 'vmlinux', output: 'vmlinux' };
const bzImage: Kind = { name: 'image', title: 'bzImage', scope: 'image', goal: 'bzImage', output: `${bootDir}/bzImage` };

export function kernelTarget(options: KernelTargetOptions): Target {
  return target(vmlinux, options);
}

export function imageTarget(options: KernelTargetOptions): Target {
  return target(bzImage, options);
}

function target(kind: Kind, options: KernelTargetOptions): Target {
  const recipe = () => recipeOf(kind, options);
  return {
    name: kind.name,
    title: kind.title,
    needs: options.needs,
    key: () => {
      const tree = options.tree();
      return isFailure(tree) ? tree : tree.build;
    },
    outputs: () => {
      const tree = options.tree();
      return isFailure(tree) ? [] : [join(tree.build, kind.output)];
    },
    recipe,
    judge: (past, look) => {
      const tree = options.tree();
      const recipes = recipesOf(kind, options);
      return Promise.resolve(isFailure(tree) ? tree : isFailure(recipes) ? recipes : judge(kind, tree, { options, past, ...recipes, look }));
    },
    run: (work) => run(kind, options, work),
  };
}

function recipeOf(kind: Kind, options: KernelTargetOptions): Result<string> {
  const call = options.makeCall();
  const tree = options.tree();
  return isFailure(call) ? call : isFailure(tree) ? tree : makeRecipe({ goal: [kind.goal, ...alsoOf(kind, tree)].join(' '), args: argsOf(call), env: { ...process.env, ...call.env }, compilers: call.compilers });
}

/** What make is to bring up besides: the modules, where this kernel can load any. */
function alsoOf(kind: Kind, tree: BuildDirs): string[] {
  return kind.scope === 'vmlinux' && canLoadModules(textOf(join(tree.build, '.config')) ?? '') ? ['modules'] : [];
}

/** This target's recipe, and that by which the top makefile is asked for its variables: the goal does not change those. */
function recipesOf(kind: Kind, options: KernelTargetOptions): Result<{ recipe: string; environmentRecipe: string }> {
  const recipe = recipeOf(kind, options);
  const environmentRecipe = recipeOf(vmlinux, options);
  return isFailure(recipe) ? recipe : isFailure(environmentRecipe) ? environmentRecipe : { recipe, environmentRecipe };
}

/** make's arguments besides `-j` and the goal. */
const argsOf = (call: MakeCall) => call.argv.slice(1);

interface JudgeRequest {
  readonly options: KernelTargetOptions;
  readonly past: TargetRecord | undefined;
  readonly recipe: string;
  readonly environmentRecipe: string;
  readonly look: Look;
}

/** Whether the output comes from its inputs as they are. It runs nothing, and looks only at what this kernel is made from. */
function judge(kind: Kind, tree: BuildDirs, { options, past, recipe, environmentRecipe, look }: JudgeRequest): Freshness {
  const output = join(tree.build, kind.output);
  const stale = (reason: StaleReason, note?: string, found?: Survey): Freshness => ({ kind: 'stale', reason, note, found });
  if (past === undefined) return stale(look(output) === undefined ? { kind: 'output-missing', path: output } : movedReason(tree) ?? { kind: 'never-built' });
  const place = buildPlace(options.stateDir, tree);
  const difference = recipeDifference(past.recipe, recipe);
  const known = survey({ tree, place, scope: kind.scope, recipe, environmentRecipe, fast: options.fast, pastRecipe: past.recipe, look });
  const way = wayOf(known.decision);
  if (wasInterrupted(past)) return stale({ kind: 'interrupted' }, way, known);
  if (difference !== undefined) return stale({ kind: 'state', words: difference });
  if (past.failedMs !== undefined) {
    const since = changedSinceFailure(known.changes, { startedMs: past.startedMs, failedMs: past.failedMs }, changedAt);
    return stale(reasonOf(since, past.startedMs, Date.now()) ?? { kind: 'failed' }, way, known);
  }
  // The record is written after the snapshot: one without the other was tampered with.
  if (known.kept === undefined || known.kept.snapshot.startedMs !== past.startedMs) return stale(movedReason(tree) ?? { kind: 'state', words: 'the list of its inputs is missing' });
  const reason = reasonOf(known.changes, past.startedMs, Date.now());
  if (reason !== undefined) return stale(reason, way, known);
  const moved = mayHaveMoved(tree) ? movedReason(tree) : undefined;
  return moved === undefined ? { kind: 'fresh', note: freshNote(past) } : stale(moved);
}

function movedReason(tree: BuildDirs): StaleReason | undefined {
  const moved = movedFrom(tree);
  return moved === undefined ? undefined : { kind: 'state', words: movedWords(moved) };
}

/** How it will be built, in words; nothing where that is a matter of course. */
function wayOf(decision: Choice): string {
  if (decision.kind === 'make') return `make: ${decision.why}`;
  if (decision.kind === 'image') return 'quick: the boot image alone';
  return `quick: ${decision.objects.length} ${decision.objects.length === 1 ? 'object' : 'objects'} and ${decision.vmlinux ? 'the link' : decision.objects.length === 1 ? 'its module' : 'their modules'}`;
}

async function run(kind: Kind, options: KernelTargetOptions, work: Work): Promise<Result<Made>> {
  const tree = options.tree();
  if (isFailure(tree)) return tree;
  const writable = mayWrite(tree.build);
  if (isFailure(writable)) return writable;
  const recipes = recipesOf(kind, options);
  if (isFailure(recipes)) return recipes;
  const { recipe } = recipes;
  const call = await options.prepare();
  if (isFailure(call)) return call;
  for (const line of call.words) work.say(line);
  const spread = await options.spread?.(call, (line) => work.say(line));
  if (isFailure(spread)) return spread;
  const place = buildPlace(options.stateDir, tree);
  removeSpoilt(join(tree.build, kind.output), work.past);
  // Asked to run in any case, it runs make: whoever asks has a doubt.
  const known = work.found as Survey | undefined
    ?? survey({ tree, place, scope: kind.scope, ...recipes, fast: options.fast && work.reason !== undefined, pastRecipe: work.past?.recipe });
  const request: BuildRequest = {
    tree,
    args: argsOf(call),
    env: { ...call.env, ...spread?.env },
    place,
    recipe,
    fast: options.fast,
    made: known.kept?.made,
    scope: kind.scope,
    goal: kind.goal,
    also: alsoOf(kind, tree),
    output: kind.output,
    jobs: spread?.jobs ?? options.jobs,
    log: work.log,
    startedMs: work.startedMs,
    signal: work.signal,
    progress: (progress) => work.progress(progress),
    say: (line) => work.say(line),
  };
  if (known.decision.kind === 'quick') {
    const quick = await quickBuild(request, known, options.processes);
    if (isFailure(quick)) return quick;
    if (!('why' in quick)) {
      for (const doubt of quick.doubts) work.say(doubt);
      if (options.verify) return verified(request, quick.objects, options);
      const details: Details = { doubts: quick.doubts };
      return { note: noteOf(quick.warnings, work.log, `quick: ${quick.objects.length} compiled`), details };
    }
    work.say(`make takes over: ${quick.why}`);
  } else if (known.decision.kind === 'image' && known.environment !== undefined) {
    const quick = await buildByMake(imageRequest(request, known.environment), known, options.processes);
    if (!isFailure(quick)) {
      const details: Details = { doubts: quick.doubts };
      return { note: noteOf(quick.warnings, work.log, 'quick: the boot image alone'), details };
    }
    if (work.signal.aborted) return quick;
    work.say(`make takes over: ${quick.words.what}`);
  } else if (known.decision.kind === 'make' && options.fast && kind.scope === 'vmlinux' && known.kept !== undefined && (known.changes.length > 0 || known.attempt !== undefined)) {
    // Where a quick build might have been expected.
    work.say(`with make: ${known.decision.why}`);
  }
  if (kind.scope === 'vmlinux') for (const line of call.fixes) work.say(line);
  const built = await buildByMake(request, known, options.processes);
  if (isFailure(built)) return withNewerCompiler(built, { tree, args: call.given, env: { ...process.env, ...request.env }, builtBefore: known.kept !== undefined, processes: options.processes });
  for (const doubt of built.doubts) work.say(doubt);
  const details: Details = { doubts: built.doubts };
  return { note: noteOf(built.warnings, work.log), details };
}

/** What the next run tells of a kernel with nothing to do. */
interface Details {
  readonly doubts: readonly string[];
}

function freshNote(past: TargetRecord): string | undefined {
  const doubts = (past.details as Partial<Details> | undefined)?.doubts ?? [];
  return doubts.length === 0 ? undefined : doubts.join('; ');
}

/** make's own words for it are a page of mkdir's complaints, and a compile error. */
function mayWrite(dir: string): Result<void> {
  try {
    accessSync(dir, constants.W_OK | constants.X_OK);
  } catch (error) {
    return fileFailure('building the kernel', dir, error);
  }
}

/**
 * make goes by times: an output that was written over, and is as old as it was
 * or older, would be taken for good. One that is newer may be make's own, by
 * hand; there its `.cmd` file decides.
 */
function removeSpoilt(output: string, past: TargetRecord | undefined): void {
  const before = past?.outputs?.[output];
  const now = before === undefined ? undefined : fingerprintOf(output);
  if (before !== undefined && now !== undefined && now.mtimeMs <= before.mtimeMs && !isSameFile(before, now)) removeMade([output]);
}

/** After a quick build that is to be verified: make's word, and its work recorded instead of the quick build's. */
async function verified(request: BuildRequest, objects: readonly string[], options: KernelTargetOptions): Promise<Result<Made>> {
  const note = await verifyByMake(request, objects, options.processes);
  if (isFailure(note)) return note;
  const config = readText(join(request.tree.build, '.config'));
  if (isFailure(config)) return config;
  const recorded = await recordBuild(request, { kept: undefined, made: new Map([...(request.made ?? [])].map((path) => [path, 0])), configBefore: config });
  if (isFailure(recorded)) return recorded;
  const details: Details = { doubts: recorded };
  return { note, details };
}

function noteOf(warnings: number, log: string, how?: string): string | undefined {
  const said = warnings === 0 ? undefined : `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}: ${log}`;
  return how === undefined ? said : said === undefined ? how : `${how}, ${said}`;
}
