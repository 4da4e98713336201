/**
 * The target `modules`: /lib/modules/RELEASE as the guest has it, from the
 * modules that the target `kernel` built, and those of KERNEL_MODULES, which it
 * builds.
 */
import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Freshness, Target, Work } from '../graph/target.ts';
import { textOf } from '../host/files.ts';
import { hostFailure } from '../host/reasons.ts';
import type { Processes } from '../host/processes/process.ts';
import { canLoadModules } from '../kernel/config/modules.ts';
import { lacksHash } from '../kernel/config/signed.ts';
import { parseDotConfig } from '../kernel/config/text.ts';
import type { BuildDirs } from '../kernel/inputs/index-model.ts';
import type { MakeCall } from '../kernel/make/call.ts';
import { buildExternals, externalDifference, externalModules, externalsOf, type External } from '../kernel/modules/external.ts';
import { modulesPlace, type ModulesPlace } from '../kernel/modules/place.ts';
import { isSigned, signingOf, wantsSigned } from '../kernel/modules/signing.ts';
import { builtModules, makeView, viewDifference, type ViewedModule } from '../kernel/modules/view.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { targetFailure } from './reasons.ts';

interface ModulesTargetOptions {
  /** Where the kernel is; asked just before the target would run. */
  tree(): Result<BuildDirs>;
  /** How make is called, as far as it is known without running anything. */
  makeCall(): Result<MakeCall>;
  /** How make is called, after the compiler was asked where that matters. */
  prepare(): Promise<Result<MakeCall>>;
  /** Directories of modules from outside the tree. */
  readonly dirs: readonly string[];
  /** At least 1. */
  readonly jobs: number;
  readonly stateDir: string;
  readonly processes: Pick<Processes, 'run' | 'has'>;
}

export function modulesTarget(options: ModulesTargetOptions): Target {
  return {
    name: 'modules',
    title: '/lib/modules',
    needs: ['kernel'],
    key: () => {
      const tree = options.tree();
      return isFailure(tree) ? tree : tree.build;
    },
    recipe: () => 'depmod',
    judge: (past) => Promise.resolve(judge(options, past?.finished === true)),
    run: (work) => run(options, work),
  };
}

const stale = (words: string): Freshness => ({ kind: 'stale', reason: { kind: 'state', words } });

function judge(options: ModulesTargetOptions, finished: boolean): Result<Freshness> {
  const { stateDir, dirs } = options;
  const tree = options.tree();
  if (isFailure(tree)) return tree;
  const place = modulesPlace(stateDir, tree);
  if (!finished || place === undefined) return stale('they are not listed yet');
  const call = options.makeCall();
  if (isFailure(call)) return call;
  const externals = externalsOf(dirs, stateDir, tree);
  const unbuilt = externalDifference(externals, { stateDir, tree, args: call.given });
  if (unbuilt !== undefined) return stale(unbuilt);
  const difference = viewDifference(allModules(tree, externals), tree, place, signingOf(configOf(tree), tree));
  return difference === undefined ? { kind: 'fresh' } : stale(difference);
}

async function run(options: ModulesTargetOptions, work: Work): Promise<Result<{ note: string }>> {
  const { stateDir, dirs, processes } = options;
  const tree = options.tree();
  if (isFailure(tree)) return tree;
  const place = modulesPlace(stateDir, tree);
  const config = configOf(tree);
  if (place === undefined || !canLoadModules(config)) return targetFailure({ reason: 'modules-off', config: join(tree.build, '.config'), dirs });
  const gone = dirs.find((dir) => statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true);
  if (gone !== undefined) return targetFailure({ reason: 'no-module-directory', dir: gone });
  if (!processes.has('depmod')) return hostFailure({ reason: 'command-missing', doing: "listing the kernel's modules", command: 'depmod', fix: ['npm run packages -- --install   # depmod is in the package kmod'] });
  const externals = externalsOf(dirs, stateDir, tree);
  const built = await buildThose(externals, { ...options, tree }, work);
  if (isFailure(built)) return built;
  const modules = allModules(tree, externals);
  work.progress({ what: 'depmod' });
  const copies = /^CONFIG_DEBUG_INFO_BTF_MODULES=y$/m.test(config);
  const signing = signingOf(config, tree);
  const changed = await makeView({ modules, tree, place, copies, signing, jobs: options.jobs, log: work.log, signal: work.signal }, processes);
  if (isFailure(changed)) return changed;
  const unsigned = wantsSigned(config) && signing === undefined ? modules.filter(({ built }) => !isSigned(built)) : [];
  if (unsigned.length > 0) work.say(refusedWords(unsigned.map(({ built }) => basename(built)), config));
  if (signing !== undefined && lacksHash(parseDotConfig(config), tree.source)) work.say(hashWords);
  return { note: `${modules.length} ${modules.length === 1 ? 'module' : 'modules'}, ${changed.length} new` };
}

const configOf = (tree: BuildDirs) => textOf(join(tree.build, '.config')) ?? '';

/** The kernel itself says no more than "Key was rejected by service". */
function refusedWords(modules: readonly string[], config: string): string {
  const named = `${modules.slice(0, 3).join(', ')}${modules.length > 3 ? ` and ${modules.length - 3} more` : ''}`;
  const fix = /^CONFIG_MODULE_SIG_ALL=y$/m.test(config)
    ? "the build directory lacks the kernel's key, certs/signing_key.x509 or scripts/sign-file, by which kloop would sign them"
    : 'kloop signs them with CONFIG_MODULE_SIG_ALL=y: npm run config -- --set CONFIG_MODULE_SIG_ALL=y';
  return `this kernel takes signed modules alone (CONFIG_MODULE_SIG_FORCE=y), and will refuse ${named}; ${fix}`;
}

const hashWords = 'this kernel will refuse all signed modules (No such file or directory): it looks them up by their SHA-256, which it does not have; npm run config -- --set CONFIG_CRYPTO_SHA256=y';

async function buildThose(externals: readonly External[], options: Omit<ModulesTargetOptions, 'tree'> & { readonly tree: BuildDirs }, work: Work): Promise<Result<void>> {
  const { tree, stateDir, jobs, processes } = options;
  if (externals.length === 0) return undefined;
  const call = await options.prepare();
  if (isFailure(call)) return call;
  if (externalDifference(externals, { stateDir, tree, args: call.given }) === undefined) return undefined;
  return buildExternals({
    externals, tree, stateDir, args: call.given, callArgs: call.argv.slice(1), env: call.env, jobs, log: work.log, signal: work.signal,
    progress: (what) => work.progress({ what }), say: (line) => work.say(line),
  }, processes);
}

/** One from outside takes the place of one of the tree's that has its name, as depmod would have it. */
function allModules(tree: BuildDirs, externals: readonly External[]): ViewedModule[] {
  return [...externalModules(externals), ...builtModules(tree)];
}

/** What the guest gets as its /lib/modules/RELEASE; `undefined` for a kernel that can load none. */
export function guestModules(stateDir: string, tree: BuildDirs): Pick<ModulesPlace, 'dir' | 'release'> | undefined {
  const place = canLoadModules(textOf(join(tree.build, '.config')) ?? '') ? modulesPlace(stateDir, tree) : undefined;
  return place === undefined ? undefined : { dir: place.dir, release: place.release };
}
