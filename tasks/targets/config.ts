/** The target `config`: the tree's .config. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../config/settings.ts';
import { judge as judgeTimes } from '../graph/freshness.ts';
import type { Freshness, Target, TargetRecord } from '../graph/target.ts';
import { fileFailure, stampOf, textOf, writeIfDifferent, type Look } from '../host/files.ts';
import type { Processes } from '../host/processes/process.ts';
import { toolRecipe, outputDir } from '../kernel/make/call.ts';
import { applyToOwn, keepAsked, keepOld, lostBySet, requestedIn } from '../kernel/config/apply.ts';
import { forgetTestNeeds } from '../kernel/config/for-tests.ts';
import { generateConfig, logUnknown } from '../kernel/config/generate.ts';
import { askedFile, configHash, copiesDir, copyIsWhole, installConfig, whoseConfig, type Whose } from '../kernel/config/ownership.ts';
import { lacking } from '../kernel/config/needs.ts';
import { isInForce, type ConfigRequest } from '../kernel/config/request.ts';
import { refusedInPlace } from '../kernel/config/builds.ts';
import { configFiles, readConfigSources } from '../kernel/config/sources.ts';
import { foreignArchitecture, parseDotConfig } from '../kernel/config/text.ts';
import { modulesOf, modulesWords } from '../kernel/config/modules.ts';
import { noteBuildOf } from '../kernel/source/build-dirs.ts';
import { chosenTree } from '../kernel/source/choice.ts';
import { lookAtTree } from '../kernel/source/tree.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { judgeKept, keep, type Kept } from './config-kept.ts';
import { kernelFailure } from '../kernel/reasons.ts';

interface ConfigOptions {
  readonly settings: Settings;
  readonly processes: Processes;
  readonly needs?: readonly string[];
  /** Generate again, even over what was edited by hand. */
  readonly reset?: boolean;
  /** What a person asks of it. */
  readonly asked?: ConfigRequest | undefined;
}

/** What a run leaves for the next. */
interface Details {
  /** The Kconfig files, as they are named in the tree. */
  readonly kconfig: readonly string[];
  /** Where it kept the user's own .config rather than generate one. */
  readonly kept?: Kept;
  /** What was generated. */
  readonly hash: string;
}

/** Whether the copy of what was generated is damaged or gone: the .config is what it was, and seems to be another's. */
function copyIsLost(whose: Whose, past: TargetRecord | undefined, copies: string): boolean {
  return whose.whose === 'yours' && (past?.details as Partial<Details> | undefined)?.hash === configHash(whose.text) && !copyIsWhole(copies);
}

/** The .config of a tree, or of its build directory. */
export function dotConfigPath(settings: Settings): Result<string> {
  const tree = chosenTree(settings);
  return isFailure(tree) ? tree : join(outputDir(settings, tree), '.config');
}

export function configTarget({ settings, processes, needs = ['source'], reset = false, asked }: ConfigOptions): Target {
  let pendingReset = reset;
  let pending = asked;
  const recipe = (): Result<string> => {
    const tree = chosenTree(settings);
    return isFailure(tree) ? tree : JSON.stringify([tree, configFiles(settings), toolRecipe(settings)]);
  };
  return {
    name: 'config',
    title: '.config',
    needs,
    key: () => dotConfigPath(settings),
    recipe,
    judge: (past, look) => {
      const text = recipe();
      if (isFailure(text)) return Promise.resolve(text);
      const freshness = pendingReset ? byReset : pending !== undefined && !hasAll(settings, pending) ? byRequest : judgeConfig(settings, text, past, look);
      // A plan says what a run would fail with.
      const tree = isFailure(freshness) || freshness.kind !== 'stale' ? undefined : chosenTree(settings);
      const refused = tree === undefined || isFailure(tree) ? tree : refusedInPlace(settings, tree);
      return Promise.resolve(isFailure(refused) ? refused : freshness);
    },
    async run(work) {
      const tree = chosenTree(settings);
      if (isFailure(tree)) return tree;
      // Before it is noted as a build of the tree.
      const refused = refusedInPlace(settings, tree);
      if (isFailure(refused)) return refused;
      const noted = noteBuildOf(settings);
      if (isFailure(noted)) return noted;
      const dotConfig = join(outputDir(settings, tree), '.config');
      const copies = copiesDir(settings.stateDir, dotConfig);
      const whose = whoseConfig(dotConfig, copies, work.past?.finished === false);
      if (isFailure(whose)) return whose;
      if (pending !== undefined && !pendingReset && (whose.whose === 'yours' || pending.whole !== undefined)) {
        const own = whose.whose === 'nobody' ? undefined : whose.text;
        const applied = await applyToOwn(pending, own ?? '', { settings, tree, processes, work: join(copies, 'work'), log: work.log, signal: work.signal });
        if (isFailure(applied)) return applied;
        for (const line of applied.words) work.say(line);
        const replaced = keepOld(dotConfig, own, applied.text) ?? writeIfDifferent(dotConfig, applied.text);
        if (isFailure(replaced)) return replaced;
        pending = undefined;
        const usable = checkKept(applied.text, dotConfig, tree);
        if (isFailure(usable)) return usable;
        const now = recipe();
        return isFailure(now) ? now : keep(settings, { whose: 'yours', text: applied.text, before: whose.whose === 'yours' && whose.before }, work, now);
      }
      // Asked to run although it is fresh: what was edited by hand is kept all the same.
      if (whose.whose === 'yours' && !pendingReset && !copyIsLost(whose, work.past, copies)) {
        const now = recipe();
        return isFailure(now) ? now : keep(settings, whose, work, now);
      }
      const forgotten = pendingReset ? forgetTestNeeds(settings) ?? forget(askedFile(settings.stateDir, dotConfig)) : undefined;
      if (isFailure(forgotten)) return forgotten;
      const requested = pending === undefined ? [] : requestedIn(tree, pending);
      if (isFailure(requested)) return requested;
      const generated = await generateConfig({
        settings, tree, processes, work: join(copies, 'work'), log: work.log, signal: work.signal,
        progress: (what) => work.progress({ what }),
        more: requested,
      });
      if (isFailure(generated)) return generated;
      const lost = lostBySet(generated.verdict, generated.kconfig);
      if (lost !== undefined) return lost;
      const modules = modulesWords(modulesOf(generated.text));
      for (const line of [...generated.words, ...modules === undefined ? [] : [modules]]) work.say(line);
      logUnknown(work.log, generated.verdict.unknown);
      const old = whose.whose === 'yours' ? keepOld(dotConfig, whose.text, generated.text) : undefined;
      if (isFailure(old)) return old;
      const kept = requested.length === 0 ? undefined : keepAsked(askedFile(settings.stateDir, dotConfig), requested, work.startedMs);
      if (isFailure(kept)) return kept;
      const wrote = installConfig(generated.text, dotConfig, copies);
      if (isFailure(wrote)) return wrote;
      pendingReset = false;
      pending = undefined;
      const details: Details = { kconfig: generated.kconfig.files, hash: configHash(generated.text) };
      return { note: note(generated.text, generated.verdict.unknown.length, wrote), details };
    },
  };
}

const byReset: Freshness = { kind: 'stale', reason: { kind: 'state', words: '--reset generates it again' } };
const byRequest: Freshness = { kind: 'stale', reason: { kind: 'state', words: 'it is not as asked for' } };

/** Whether the .config has all that is asked of it. */
function hasAll(settings: Settings, asked: ConfigRequest): boolean {
  const dotConfig = dotConfigPath(settings);
  const tree = chosenTree(settings);
  const looked = isFailure(tree) ? tree : lookAtTree(tree);
  const text = isFailure(dotConfig) ? undefined : textOf(dotConfig);
  return text !== undefined && !isFailure(looked) && isInForce(asked, parseDotConfig(text), looked.version);
}

function forget(path: string): Result<void> {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    return fileFailure('removing a file', path, error);
  }
}

function judgeConfig(settings: Settings, recipe: string, past: TargetRecord | undefined, look: Look): Result<Freshness> {
  const dotConfig = dotConfigPath(settings);
  if (isFailure(dotConfig)) return dotConfig;
  // A fragment that is misspelt is an error even where it would not be read.
  const tree = chosenTree(settings);
  if (isFailure(tree)) return tree;
  const copies = copiesDir(settings.stateDir, dotConfig);
  const whose = whoseConfig(dotConfig, copies, past?.finished === false);
  if (isFailure(whose)) return whose;
  if (copyIsLost(whose, past, copies)) return { kind: 'stale', reason: { kind: 'state', words: "kloop's copy of what it generated is damaged" } };
  if (whose.whose === 'yours') {
    const usable = checkKept(whose.text, dotConfig, tree);
    if (isFailure(usable)) return usable;
  }
  if (whose.whose === 'yours') return judgeKept(settings, whose, past, recipe);
  const details = past?.details as Partial<Details> | undefined;
  const kconfig = (details?.kconfig ?? []).map((file) => `${tree}/${file}`);
  const freshness = judgeTimes({
    output: { path: dotConfig, stamp: whose.whose === 'nobody' ? 'missing' : stampOf(dotConfig) },
    // The kernel asks about the Kconfig files, too.
    inputs: [...configFiles(settings), ...kconfig].map((path) => ({ path, stamp: look(path, 'remember')?.mtimeMs ?? 'missing' })),
    recipe,
    past,
    nowMs: Date.now(),
  });
  if (freshness.kind === 'stale') {
    const sources = readConfigSources(settings);
    if (isFailure(sources)) return sources;
  }
  // The record's time is that of a run which generated nothing.
  const keptOther = freshness.kind === 'fresh' && details?.kept !== undefined;
  return keptOther ? { kind: 'stale', reason: { kind: 'state', words: 'the last run kept a .config that was edited by hand' } } : freshness;
}

/** A .config of the user's own must suit the VM too. */
function checkKept(text: string, path: string, tree: string): Result<void> {
  const looked = lookAtTree(tree);
  if (isFailure(looked)) return looked;
  const architecture = foreignArchitecture(text);
  if (architecture !== undefined) return kernelFailure({ reason: 'wrong-architecture', path, architecture });
  const lacks = lacking(parseDotConfig(text), looked.version);
  return lacks.length === 0 ? undefined : kernelFailure({ reason: 'config-lacks', path, lacks, kept: true });
}

function note(text: string, unknown: number, wrote: boolean): string {
  const options = text.match(/^CONFIG_\w+=[ym]$/gm)?.length ?? 0;
  return [
    `${options} options`,
    ...(unknown === 0 ? [] : [`this kernel does not have ${unknown} of the requested ones`]),
    ...(wrote ? [] : ['unchanged']),
  ].join(', ');
}
