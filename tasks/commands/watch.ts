import { planCheck, whatIsAsked, type CheckPlan } from './check/plan.ts';
import type { Context } from './shared/context.ts';
import { asTyped } from '../cli/as-typed.ts';
import { finish } from '../cli/finish.ts';
import type { Call } from '../cli/spec.ts';
import { askedLab, withPeerBuilt } from './shared/asked-lab.ts';
import { withKernelFound } from './shared/named-kernel.ts';
import { withUserFound } from './shared/named-user.ts';
import { installOption } from './shared/target-command.ts';
import { variantOption } from './shared/variant-option.ts';
import { vmOptionsOf } from './shared/vm-options.ts';
import { askedVm, onOurBridge } from './shared/vm-request.ts';
import { claimSlot, nicsFor, nicsRefusal } from '../network/nics/nics.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { bringUp, momentOf } from '../graph/execute.ts';
import { bootedKernel, bringUpVm } from '../targets/goals.ts';
import { staySmall } from '../host/memory.ts';
import { watchLoop } from '../watch/loop.ts';
import { watchedLab, type WatchedLab } from './watch/lab.ts';
import { loadableOption, makeLoadable } from './watch/loadable.ts';
import { shadowOption, shadowsFor } from './watch/shadows.ts';
import type { Site } from '../watch/builder.ts';
import { hostFailure } from '../host/reasons.ts';
import type { Command } from './shared/command.ts';

export const watch: Command = {
  name: 'watch',
  summary: 'Rebuild and reboot on each save that matters.',
  guestCommand: 'run in each new kernel, instead of a shell',
  options: [
    ...vmOptionsOf('watch'),
    variantOption,
    shadowOption,
    { flags: '--check <tests...>', summary: 'run these tests in each new kernel, as check does', completes: 'file' },
    { flags: '--also <paths...>', summary: 'files or directories that rerun the command', completes: 'file' },
    loadableOption,
    { flags: '--module-before <command>', summary: 'run in the VM before an exchange; repeatable', repeats: true },
    { flags: '--module-after <command>', summary: 'run in the VM after an exchange; repeatable', repeats: true },
    { flags: '--json', summary: 'print a line of JSON per run; output goes to stderr' },
    { flags: '--graceful', summary: 'ask the old command to exit before stopping its VM' },
    installOption,
  ],
  examples: [
    ['watch', 'a shell in the newest kernel'],
    ['watch -- -- ./test.sh', 'run the test in each new kernel'],
    ['watch -- --check net/mptcp', "the kernel's own tests"],
    ['watch -- --shadow debug -- ./test.sh', 'the same in a debug kernel afterwards'],
  ],
  async run(typed, asked) {
    staySmall();
    const named = withKernelFound(typed, asked.cwd);
    const call = isFailure(named) ? named : withUserFound(named);
    if (isFailure(call)) return finish(call);
    const tests = Array.isArray(call.options['check']) ? (call.options['check'] as string[]) : undefined;
    const mode = tests !== undefined || call.guestCommand.length > 0 ? 'command' : 'shell';
    if (mode === 'shell' && !(process.stdin.isTTY && process.stdout.isTTY)) {
      return finish(hostFailure({ reason: 'bad-usage', wrong: 'a shell needs a terminal; without one, give watch a command', fix: ['npm run watch -- -- ./test.sh'] }));
    }
    const forCommand = ['graceful', 'user'].find((option) => tests !== undefined && call.options[option] !== undefined);
    if (forCommand !== undefined) return finish(hostFailure({ reason: 'bad-usage', wrong: `--${forCommand} is for a command: tests run as root, and end with their VM`, fix: ['npm run watch -- --help'] }));
    const shadowing = await shadowsFor(call, tests, asked);
    if (isFailure(shadowing)) return finish(shadowing);
    const { shadows, context } = shadowing;
    const { settings } = context;
    if (settings.vmRunner === 'vido') context.say("watch always uses kloop's own launcher: VM_RUNNER=vido only works with `vm`");
    const refused = nicsRefusal(askedVm(call, settings, context.cwd).nics, { ours: settings.bridgeName, settings });
    if (refused !== undefined) return finish(refused);
    const unloadable = await makeLoadable(call, context);
    if (unloadable !== undefined) return finish(unloadable);
    const planner = tests === undefined ? undefined : await testPlanner(tests, call, context);
    if (isFailure(planner)) return finish(planner);
    const plan = await planner?.(context);
    if (isFailure(plan)) return finish(plan);
    const askedPeer = askedLab(call, context);
    if (isFailure(askedPeer)) return finish(askedPeer);
    const lab = await withPeerBuilt(askedPeer, call);
    if (isFailure(lab)) return finish(lab);
    const labs = lab === undefined ? undefined : watchedLab(lab, { ...context, env: process.env, stateDir: settings.stateDir });
    // Held until kloop ends: the MAC addresses of the NICs go by it.
    const { slot, lock } = await claimSlot(settings, `kloop watch (pid ${process.pid})`);
    await watchLoop({
      mode,
      site: siteOf({ call, slot, planner, labs }, context, plan),
      processes: context.processes,
      cwd: context.cwd,
      also: strings(call.options['also']),
      json: call.options['json'] === true,
      quiet: context.quiet,
      graceful: call.options['graceful'] === true,
      settleMs: settings.watchSettleMs,
      // KUnit runs at boot.
      rerun: (plan?.kunit.length ?? 0) > 0 ? 'reboot' : settings.watchRerun,
      swapCommands: { before: strings(call.options['moduleBefore']), after: strings(call.options['moduleAfter']) },
      prefix: settings.watchPrefix,
      signal: context.signal,
      short: context.short,
      asTyped,
      shadows,
    });
    await labs?.close();
    await lock.release();
    return 0;
  },
};

const strings = (value: unknown): string[] => (Array.isArray(value) ? (value as string[]) : []);

/** From the settings to the tests, and what they need; made again when the settings change. */
type Planner = (context: Context) => Promise<Result<CheckPlan>>;

async function testPlanner(words: readonly string[], call: Call, context: Context): Promise<Result<Planner>> {
  const asked = await whatIsAsked(words, call, 'watch', context);
  return isFailure(asked) ? asked : (now) => planCheck(asked.map((one) => one.asked), call, 'watch', now);
}

interface SiteOptions {
  readonly call: Call;
  readonly slot: number;
  readonly planner: Planner | undefined;
  readonly labs: WatchedLab | undefined;
}

function siteOf(options: SiteOptions, context: Context, plan: CheckPlan | undefined): Site {
  const { call, slot, planner, labs } = options;
  const asked = () => plan?.vm ?? askedVm(call, context.settings, context.cwd);
  return {
    settings: context.settings,
    tests: plan,
    moment: () => momentOf(context.world),
    bringUp: ({ force, signal, emit, say, moment }) => bringUpVm(context.settings, {
      needs: { ownKernel: asked().kernel !== undefined, bridge: onOurBridge(asked(), context.settings) },
      say,
      bringUp: (goals) => bringUp(
        context.targets({ ...plan?.targets, install: call.options['install'] === true, retry: 'npm run watch -- --install' }),
        { goals: [...goals, ...plan?.goals ?? []], signal, emit, moment: moment?.(), ...(force ? { force: new Set(['kernel']) } : {}) },
        context.world,
      ),
    }),
    booted: () => bootedKernel(context.settings),
    asked,
    nics: () => nicsFor(asked().nics, { settings: context.settings, processes: context.processes, slot }),
    equip: labs?.equip,
    reload: async (): Promise<Result<Site>> => {
      const again = context.reload();
      if (isFailure(again)) return again;
      const planned = await planner?.(again);
      return isFailure(planned) ? planned : siteOf(options, again, planned);
    },
  };
}
