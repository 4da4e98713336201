/** The table of contents: everything that can be brought up to date. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { featuresFor, type Feature, type HostTool } from '../../config/packages.ts';
import type { Settings } from '../../config/settings.ts';
import type { World } from '../graph/execute.ts';
import type { Targets } from '../graph/order.ts';
import type { Target } from '../graph/target.ts';
import type { Privilege } from '../host/processes/privilege.ts';
import type { Processes } from '../host/processes/process.ts';
import { findCcacheDir, hostFacts, jobsOf, makeArguments, outputDir } from '../kernel/make/call.ts';
import { prepareMake } from '../kernel/config/generate.ts';
import type { ConfigRequest } from '../kernel/config/request.ts';
import { toolchainOf } from '../kernel/make/recipe.ts';
import { prepareSpread } from '../kernel/make/distribute.ts';
import { noteBuildOf } from '../kernel/source/build-dirs.ts';
import { chosenTree } from '../kernel/source/choice.ts';
import { isFailure } from '../report/failure.ts';
import { bridgeTarget } from './bridge.ts';
import { configTarget } from './config.ts';
import { guestTarget } from './guest.ts';
import { imageTarget, kernelTarget, type KernelTargetOptions } from './kernel.ts';
import { modulesTarget } from './modules.ts';
import { packagesTarget } from './packages/target.ts';
import { packageOf, pythonPackageKey, pythonPackageTarget } from './python/package.ts';
import { pythonTarget } from './python/target.ts';
import { headersTarget } from './selftests/headers.ts';
import { testsTarget } from './selftests/tests.ts';
import { sourceTarget } from './source.ts';
import { vidoClone, vidoTarget } from './vido/target.ts';

/** What targets are made from. */
interface Parts {
  readonly settings: Settings;
  readonly processes: Processes;
  readonly world: World;
}

/** What a command asks of its targets, beyond the settings. */
export interface TargetOptions {
  /** Missing host packages may be installed. */
  readonly install?: boolean;
  /** What the host must be equipped for; default: what the settings ask for. */
  readonly features?: readonly Feature[];
  /** Tools besides those of the features. */
  readonly tools?: readonly HostTool[];
  /** The kselftest collections that are targets. */
  readonly selftests?: readonly string[];
  /** The command to type again with `--install`: 'npm run vm -- --install'. */
  readonly retry?: string;
  /** Ask again which kernel source is available. */
  readonly choose?: boolean;
  /** Generate the .config again, even over what was edited by hand. */
  readonly reset?: boolean;
  /** What a person asks of the .config. */
  readonly asked?: ConfigRequest | undefined;
  /** Do a quick build again by make, and compare. */
  readonly verify?: boolean;
  readonly bridge?: { readonly force?: boolean };
  /** Build the package of the patched Python although no Python here needs it. */
  readonly buildPython?: boolean;
}

export function allTargets({ settings, processes, world }: Parts, options: TargetOptions): Targets {
  const privilege = { uid: process.getuid?.() ?? 0 };
  const targets: Target[] = [
    packagesTarget({
      features: new Set(options.features ?? featuresFor(settings, process.env)),
      ...(options.tools === undefined ? {} : { tools: options.tools }),
      install: options.install ?? false,
      processes,
      privilege,
      retry: options.retry ?? 'npm run packages -- --install',
    }),
    sourceTarget({ settings, processes, choose: options.choose ?? false }),
    configTarget({ settings, processes, reset: options.reset ?? false, asked: options.asked }),
    ...kernelTargets({ settings, processes, world }, options.verify ?? false),
    ...selftestTargets({ settings, processes, world }, options.selftests ?? []),
    guestTarget({ projectDir: settings.projectDir, stateDir: settings.stateDir, processes }),
    bridgeTarget({ settings, processes, privilege, force: options.bridge?.force ?? false }),
    ...hostTargets({ settings, processes, world }, options, privilege),
  ];
  return new Map(targets.map((target) => [target.name, target]));
}

function kernelTargets({ settings, processes }: Parts, verify: boolean): Target[] {
  const options: Omit<KernelTargetOptions, 'needs'> = {
    tree() {
      const source = chosenTree(settings);
      return isFailure(source) ? source : { source, build: outputDir(settings, source) };
    },
    makeCall() {
      const tree = chosenTree(settings);
      return isFailure(tree) ? tree : makeArguments(settings, tree, hostFacts(settings));
    },
    async prepare() {
      const tree = chosenTree(settings);
      const call = isFailure(tree) ? tree : await prepareMake(settings, tree, processes);
      if (isFailure(call)) return call;
      const noted = noteBuildOf(settings);
      return isFailure(noted) ? noted : call;
    },
    spread: (call, say) => prepareSpread({
      hosts: settings.buildHosts,
      by: settings.buildWith,
      processors: availableParallelism(),
      jobs: settings.jobs,
      toolchain: toolchainOf(call.argv.slice(1), { ...process.env, ...call.env }),
      env: call.env,
      ccache: findCcacheDir(settings) !== undefined,
      stateDir: settings.stateDir,
      say,
    }),
    jobs: jobsOf(settings),
    fast: settings.kernelFast,
    verify,
    stateDir: settings.stateDir,
    processes,
  };
  return [kernelTarget({ ...options, needs: ['config'] }), imageTarget({ ...options, needs: ['kernel'] }), modulesTarget({ ...options, processes, dirs: settings.kernelModules })];
}

/** The kernel's own tests. */
function selftestTargets({ settings, processes }: Parts, collections: readonly string[]): Target[] {
  if (collections.length === 0) return [];
  const options = {
    stateDir: settings.stateDir,
    processes,
    jobs: jobsOf(settings),
    tree: () => chosenTree(settings),
    makeCall: () => {
      const tree = chosenTree(settings);
      return isFailure(tree) ? tree : makeArguments(settings, tree, hostFacts(settings));
    },
  };
  return [headersTarget(options), ...collections.map((collection) => testsTarget(collection, options))];
}

/** What client-setup.md does to the host, beside the bridge: Python and vido. */
function hostTargets({ settings, processes, world }: Parts, options: TargetOptions, privilege: Privilege): Target[] {
  const patchDir = join(settings.projectDir, 'python-patch');
  const workDir = join(settings.hostStateDir, 'python');
  return [
    pythonPackageTarget({ processes, patchDir, workDir, build: options.buildPython ?? false }),
    pythonTarget({ processes, patchDir, privilege, package: () => packageOf(world.records.read('python-package', pythonPackageKey(workDir))) }),
    vidoTarget({
      processes, privilege, url: settings.vidoSource, clone: vidoClone(settings.reposDir), prefix: settings.vidoPrefix,
      workDir: join(settings.hostStateDir, 'vido'), timeoutMs: settings.sourceTimeoutMs,
    }),
  ];
}
