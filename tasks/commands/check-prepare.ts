/** From what is to be checked to a VM and its tests: all that they need is brought up to date on the way. */
import { featuresFor } from '../../config/packages.ts';
import type { Asked } from '../checks/asked.ts';
import { checkCollection } from '../checks/find/collections.ts';
import { suitesIn } from '../checks/find/suites.ts';
import { checkFailure } from '../checks/reasons.ts';
import type { Job } from '../checks/run/job.ts';
import { directoryOf, jobsFor, ownProgram } from '../checks/run/jobs.ts';
import { matchesGlob } from '../checks/suites.ts';
import { emulationFactor } from '../checks/time-limit.ts';
import type { Call } from '../cli/spec.ts';
import { addTestNeeds } from '../kernel/config/for-tests.ts';
import type { VmRequest } from '../machine/request.ts';
import { nicsRefusal } from '../network/nics/nics.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { bringUpVm } from '../targets/goals.ts';
import { selftestPlace, testsName } from '../targets/selftests/place.ts';
import { collectionsWithConfig, installedTests, lackingFor, sourceTree } from '../targets/selftests/wanted.ts';
import { nearest } from '../text/nearest.ts';
import { bootable } from './shared/bootable.ts';
import type { Context } from './shared/context.ts';
import { askedVm } from './shared/vm-request.ts';

export interface PreparedCheck {
  readonly request: VmRequest;
  readonly jobs: (accel: 'kvm' | 'tcg') => readonly Job[];
  /** KUnit's suites that are wanted, by globs. */
  readonly kunit: readonly string[];
  /** Gives back what was claimed for the VM. */
  release(): Promise<void>;
}

export async function prepareCheck(asked: readonly Asked[], call: Call, context: Context): Promise<Result<PreparedCheck>> {
  const { settings, cwd } = context;
  const vm = askedVm({ ...call, guestCommand: [] }, settings, cwd);
  const refused = nicsRefusal(vm.nics, { ours: settings.bridgeName, settings });
  if (refused !== undefined) return refused;
  const limits = { cwd, timeoutMs: settings.vmTimeoutMs };
  // What is wrong with what was typed is told before anything is built.
  for (const one of asked) {
    const program = one.kind === 'program' ? ownProgram(one, limits) : undefined;
    if (isFailure(program)) return program;
  }
  const collections = [...new Set(asked.flatMap((one) => (one.kind === 'selftest' ? [one.collection] : [])))];
  const kunit = [...new Set(asked.flatMap((one) => (one.kind === 'kunit' ? [one.glob] : [])))];
  const tree = collections.length + kunit.length === 0 ? '' : await sourceTree(settings, (goals) => context.bringUp(goals));
  if (isFailure(tree)) return tree;
  for (const collection of collections) {
    const wrong = checkCollection(tree, collection);
    if (isFailure(wrong)) return wrong;
  }
  const lacking = collections.flatMap((collection) => lackingFor(tree, collection) ?? []);
  const install = call.options['install'] === true;
  if (!install) for (const { words } of lacking) context.say(words);
  const merged = vm.kernel === undefined ? mergeNeeds(tree, { collections, kunit }, context) : undefined;
  if (isFailure(merged)) return merged;
  const up = await bringUpVm(settings, {
    needs: { ownKernel: vm.kernel !== undefined, bridge: vm.nics.includes(settings.bridgeName) },
    say: context.say,
    bringUp: (goals) => context.bringUp([...goals, ...collections.map(testsName)], {
      features: [...featuresFor({ ...settings, vmNics: vm.nics }), ...(collections.length > 0 ? ['selftests' as const] : [])],
      selftests: collections, ...(install ? { tools: lacking.flatMap(({ tools }) => tools) } : {}),
      install, retry: 'npm run check -- --install',
    }),
  });
  if (isFailure(up)) return up;
  const jobs = jobsFor(asked, { ...limits, installed: (collection) => installedTests(settings.stateDir, tree, collection) });
  if (isFailure(jobs)) return jobs;
  const ready = await bootable(vm, context, { by: 'kloop check' });
  if (isFailure(ready)) return ready;
  const own = directoryOf(jobs.find((job) => !job.byKselftestsRules));
  return {
    request: {
      ...ready.request,
      // These tell which directories below /tmp the guest shows; what is run is told test by test.
      cwd: collections.length > 0 ? selftestPlace(settings.stateDir, tree).installed : cwd,
      command: [own === undefined ? 'true' : `${own}/true`],
      kernelOptions: [...vm.kernelOptions, ...filterOf(kunit)],
    },
    jobs: (accel) => {
      if (accel === 'tcg' && limits.timeoutMs === 0 && collections.length > 0) context.say(`the VM is emulated: kselftest's time limits count ${emulationFactor} times`);
      return jobs.map((job) => ({ ...job, limitMs: job.limitMs(accel) }));
    },
    kunit,
    release: () => ready.release(),
  };
}

/** KUnit runs only what matches; it takes one glob. (5.12 and newer: kunit.filter_glob; older ones run all that is built in) */
function filterOf(globs: readonly string[]): string[] {
  const [glob] = globs;
  return globs.length === 1 && glob !== undefined && glob !== '*' ? [`kunit.filter_glob=${glob}`] : [];
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
