/** The target `config`: the tree's .config. */
import { join } from 'node:path';
import type { Settings } from '../../config/settings.ts';
import { judge as judgeTimes } from '../graph/freshness.ts';
import type { Freshness, Target, TargetRecord } from '../graph/target.ts';
import { stampOf, type Look } from '../host/files.ts';
import type { Processes } from '../host/processes/process.ts';
import { toolRecipe, outputDir } from '../kernel/make/call.ts';
import { forgetTestNeeds } from '../kernel/config/for-tests.ts';
import { generateConfig, logUnknown } from '../kernel/config/generate.ts';
import { configHash, copiesDir, copyIsWhole, installConfig, whoseConfig, type Whose } from '../kernel/config/ownership.ts';
import { lacking } from '../kernel/config/needs.ts';
import { configFiles, readConfigSources } from '../kernel/config/sources.ts';
import { foreignArchitecture, parseDotConfig } from '../kernel/config/text.ts';
import { modulesOf, modulesWords } from '../kernel/config/modules.ts';
import { chosenTree } from '../kernel/source/choice.ts';
import { lookAtTree } from '../kernel/source/tree.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { judgeKept, keep, type Kept } from './config-kept.ts';
import { kernelFailure } from '../kernel/reasons.ts';

export interface ConfigOptions {
  readonly settings: Settings;
  readonly processes: Processes;
  readonly needs?: readonly string[];
  /** Generate again, even over what was edited by hand. */
  readonly reset?: boolean;
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

export function configTarget({ settings, processes, needs = ['source'], reset = false }: ConfigOptions): Target {
  let pendingReset = reset;
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
      return Promise.resolve(isFailure(text) ? text : pendingReset ? asked : judgeConfig(settings, text, past, look));
    },
    async run(work) {
      const tree = chosenTree(settings);
      if (isFailure(tree)) return tree;
      const dotConfig = join(outputDir(settings, tree), '.config');
      const copies = copiesDir(settings.stateDir, dotConfig);
      const whose = whoseConfig(dotConfig, copies, work.past?.finished === false);
      if (isFailure(whose)) return whose;
      // Asked to run although it is fresh: what was edited by hand is kept all the same.
      if (whose.whose === 'yours' && !pendingReset && !copyIsLost(whose, work.past, copies)) {
        const now = recipe();
        return isFailure(now) ? now : keep(settings, whose, work, now);
      }
      const forgotten = pendingReset ? forgetTestNeeds(settings) : undefined;
      if (isFailure(forgotten)) return forgotten;
      const generated = await generateConfig({
        settings, tree, processes, work: join(copies, 'work'), log: work.log, signal: work.signal,
        progress: (what) => work.progress({ what }),
      });
      if (isFailure(generated)) return generated;
      const modules = modulesOf(generated.text);
      for (const line of [...generated.words, ...modules.length === 0 ? [] : [modulesWords(modules)]]) work.say(line);
      logUnknown(work.log, generated.verdict.unknown);
      const wrote = installConfig(generated.text, dotConfig, copies);
      if (isFailure(wrote)) return wrote;
      pendingReset = false;
      const details: Details = { kconfig: generated.kconfig.files, hash: configHash(generated.text) };
      return { note: note(generated.text, generated.verdict.unknown.length, wrote), details };
    },
  };
}

const asked: Freshness = { kind: 'stale', reason: { kind: 'state', words: '--reset generates it again' } };

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
