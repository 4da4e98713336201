/** From what is to be checked to a VM, its targets and its tests: for `check` and for `watch --check`. What is wrong with it is told before anything is built. */
import { resolve } from 'node:path';
import { featuresFor } from '../../../config/packages.ts';
import { parseAsked, type Asked } from '../../checks/asked.ts';
import { testsAbout, type AskedFor } from '../../checks/find/about.ts';
import { changedFiles } from '../../checks/find/changed.ts';
import { checkCollection } from '../../checks/find/collections.ts';
import { suitesIn } from '../../checks/find/suites.ts';
import { checkFailure } from '../../checks/reasons.ts';
import type { Job } from '../../checks/run/job.ts';
import { jobsFor, ownProgram } from '../../checks/run/jobs.ts';
import { sourceState, type SourceState } from '../../checks/source-state.ts';
import { matchesGlob } from '../../checks/suites.ts';
import { emulationFactor } from '../../checks/time-limit.ts';
import type { Call } from '../../cli/spec.ts';
import { addTestNeeds } from '../../kernel/config/for-tests.ts';
import { chosenTree } from '../../kernel/source/choice.ts';
import { nicsRefusal } from '../../network/nics/nics.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import type { TargetOptions } from '../../targets/index.ts';
import { selftestPlace, testsName } from '../../targets/selftests/place.ts';
import { collectionFiles } from '../../targets/selftests/tests.ts';
import { collectionsWithConfig, installedTests, lackingFor } from '../../targets/selftests/wanted.ts';
import { nearest } from '../../text/nearest.ts';
import type { Context } from '../shared/context.ts';
import { sourceTree } from '../shared/source-tree.ts';
import { askedVm, type AskedVm } from '../shared/vm-request.ts';

export interface CheckPlan {
  readonly vm: AskedVm;
  /** KUnit's suites that are wanted, by globs. */
  readonly kunit: readonly string[];
  /** The targets besides those of every VM. */
  readonly goals: readonly string[];
  readonly targets: TargetOptions;
  /** The programs of one's own; and the files that the collections are made from, in the tree. */
  readonly programs: readonly string[];
  files(): readonly string[];
  /** Another build of a collection, another version. */
  version(): string;
  /** The tests, when the targets are up to date. */
  jobs(accel: 'kvm' | 'tcg'): Result<readonly Job[]>;
  /** The tree that the kernel is built from, as it is now; nothing is known of another's kernel. */
  source(): Promise<SourceState | undefined>;
}

/** What is named; else the setting; else what the change is about. */
export async function whatIsAsked(words: readonly string[], call: Call, by: string, context: Context): Promise<Result<AskedFor[]>> {
  const { checks } = context.settings;
  const args = call.guestCommand;
  const because = (asked: Result<Asked[]>, why: string): Result<AskedFor[]> => (isFailure(asked) ? asked : asked.map((one) => ({ asked: one, why })));
  if (words.length > 0) return because(parseAsked(words, args), 'named');
  if (checks.length > 0 || args.length > 0) return because(parseAsked(checks, args), 'CHECKS names it');
  const tree = await sourceTree(call, context, by);
  if (isFailure(tree)) return tree;
  const changed = await changedFiles(tree, context.processes);
  return isFailure(changed) ? changed : testsAbout(tree, changed.files);
}

export async function planCheck(asked: readonly Asked[], call: Call, by: string, context: Context): Promise<Result<CheckPlan>> {
  const { settings, cwd } = context;
  const vm = askedVm({ ...call, guestCommand: [] }, settings, cwd);
  const refused = nicsRefusal(vm.nics, { ours: settings.bridgeName, settings });
  if (refused !== undefined) return refused;
  const limits = { cwd, timeoutMs: settings.vmTimeoutMs };
  const own = asked.filter((one) => one.kind === 'program').map((one) => ownProgram(one, limits));
  const wrong = own.find(isFailure);
  if (wrong !== undefined) return wrong;
  const collections = [...new Set(asked.flatMap((one) => (one.kind === 'selftest' ? [one.collection] : [])))];
  const kunit = [...new Set(asked.flatMap((one) => (one.kind === 'kunit' ? [one.glob] : [])))];
  const tree = collections.length + kunit.length === 0 ? '' : await sourceTree(call, context, by);
  if (isFailure(tree)) return tree;
  for (const collection of collections) {
    const no = checkCollection(tree, collection);
    if (isFailure(no)) return no;
  }
  const lacking = collections.flatMap((collection) => lackingFor(tree, collection) ?? []);
  const install = call.options['install'] === true;
  if (!install) for (const { words } of lacking) context.say(words);
  const merged = vm.kernel === undefined ? mergeNeeds(tree, { collections, kunit }, context) : undefined;
  if (isFailure(merged)) return merged;
  const place = selftestPlace(settings.stateDir, tree);
  let saidFactor = false;
  return {
    vm: {
      ...vm,
      // What is run, and where, is told test by test; below /tmp the guest shows these.
      cwd: collections.length > 0 ? place.installed : cwd,
      command: ['true'],
      alsoRun: [
        ...own.flatMap((jobs) => (isFailure(jobs) ? [] : jobs.map(({ argv }) => argv))),
        ...asked.flatMap((one) => (one.kind === 'selftest' ? [['', ...one.args]] : [])),
      ],
      // Whatever CONFIG_KUNIT_DEFAULT_ENABLED says (6.1 and newer). Not kunit.filter_glob: 6.1 frees the suites that
      // match when they have run, and their results in debugfs with them.
      kernelOptions: [...vm.kernelOptions, ...(kunit.length > 0 ? ['kunit.enable=1'] : [])],
    },
    kunit,
    goals: collections.map(testsName),
    targets: {
      features: [...featuresFor({ ...settings, vmNics: vm.nics }, process.env), ...(collections.length > 0 ? ['selftests' as const] : [])],
      selftests: collections, ...(install ? { tools: lacking.flatMap(({ tools }) => tools) } : {}), install,
    },
    programs: asked.flatMap((one) => (one.kind === 'program' ? [resolve(cwd, one.path)] : [])),
    files: () => collections.flatMap((collection) => collectionFiles(place, collection)),
    version: () => JSON.stringify(collections.map((collection) => installedTests(settings.stateDir, tree, collection).version)),
    jobs: (accel) => {
      const jobs = jobsFor(asked, { ...limits, installed: (collection) => installedTests(settings.stateDir, tree, collection) });
      if (isFailure(jobs)) return jobs;
      if (!saidFactor && accel === 'tcg' && limits.timeoutMs === 0 && collections.length > 0) {
        context.say(`the VM is emulated: kselftest's time limits count ${emulationFactor} times`);
        saidFactor = true;
      }
      return jobs.map((job) => ({ ...job, limitMs: job.limitMs(accel) }));
    },
    source: async () => {
      const built = vm.kernel === undefined ? chosenTree(settings) : undefined;
      return built === undefined || isFailure(built) ? undefined : sourceState(built, context.processes);
    },
  };
}

/** Adds to the configuration what the tests want. */
function mergeNeeds(tree: string, { collections, kunit }: { readonly collections: readonly string[]; readonly kunit: readonly string[] }, context: Context): Result<void> {
  const globs = kunit.filter((glob) => glob !== '*');
  const suites = globs.length === 0 ? [] : suitesIn(tree);
  for (const glob of globs) {
    if (suites.some(({ name }) => matchesGlob(glob, name))) continue;
    const known = suites.map(({ name }) => name);
    return checkFailure({ reason: 'no-suite', glob, known, nearest: nearest(glob.replaceAll('*', ''), known), where: 'tree' });
  }
  const options = suites.filter(({ name }) => globs.some((glob) => matchesGlob(glob, name))).flatMap((suite) => suite.options.slice(0, 1));
  const wanted = collectionsWithConfig(tree, collections);
  const added = addTestNeeds(context.settings, { collections: wanted, ...(kunit.length === 0 ? {} : { kunit: options }) });
  if (isFailure(added)) return added;
  if (added) context.say(`the configuration gets the options of ${[...wanted, ...(kunit.length === 0 ? [] : ['KUnit'])].join(', ')}, and keeps them: npm run config -- --reset takes them out`);
}
