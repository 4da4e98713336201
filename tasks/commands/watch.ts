import type { Context } from './shared/context.ts';
import { finish } from '../cli/finish.ts';
import type { Call } from '../cli/spec.ts';
import { withKernelFound } from './shared/named-kernel.ts';
import { withUserFound } from './shared/named-user.ts';
import { installOption } from './shared/target-command.ts';
import { vmOptions } from './shared/vm-options.ts';
import { askedVm } from './shared/vm-request.ts';
import { claimSlot, nicsFor, nicsRefusal } from '../network/nics/nics.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { bringUp } from '../graph/execute.ts';
import { bootedKernel, bringUpVm } from '../targets/goals.ts';
import { watchLoop } from '../watch/loop.ts';
import type { Site } from '../watch/builder.ts';
import { hostFailure } from '../host/reasons.ts';
import type { Command } from './shared/command.ts';

/** A debugger waits for a person at each boot: there is no loop in that. */
const notForWatch = new Set(['--gdb']);

export const watch: Command = {
  name: 'watch',
  summary: 'Rebuild and reboot on each save that matters.',
  guestCommand: 'run in each new kernel, instead of a shell',
  options: [
    ...vmOptions.filter((option) => !notForWatch.has(option.flags)),
    { flags: '--also <paths...>', summary: 'files or directories that rerun the command', completes: 'file' },
    { flags: '--json', summary: "print a line of JSON per run; the command's output goes to stderr" },
    { flags: '--graceful', summary: 'ask the old command to exit before stopping its VM' },
    installOption,
  ],
  examples: [
    ['watch', 'a shell in the newest kernel'],
    ['watch -- -- ./test.sh', 'run the test in each new kernel'],
    ['watch -- --also tests --timeout 30s --json -- ./run-tests', 'print the results as JSON'],
  ],
  async run(typed, context) {
    const named = withKernelFound(typed, context.cwd);
    const call = isFailure(named) ? named : withUserFound(named);
    if (isFailure(call)) return finish(call);
    const mode = call.guestCommand.length > 0 ? 'command' : 'shell';
    if (mode === 'shell' && !(process.stdin.isTTY && process.stdout.isTTY)) {
      return finish(hostFailure({ reason: 'bad-usage', wrong: 'a shell needs a terminal; without one, give watch a command', fix: ['npm run watch -- -- ./test.sh'] }));
    }
    const { settings } = context;
    if (settings.vmRunner === 'vido') context.say("watch always uses kloop's own launcher: VM_RUNNER=vido only works with `vm`");
    const refused = nicsRefusal(askedVm(call, settings, context.cwd).nics, { ours: settings.bridgeName, settings });
    if (refused !== undefined) return finish(refused);
    // Held until kloop ends: the MAC addresses of the NICs go by it.
    const { slot, lock } = await claimSlot(settings, `kloop watch (pid ${process.pid})`);
    await watchLoop({
      mode,
      site: siteOf(call, context, context.cwd, slot),
      processes: context.processes,
      cwd: context.cwd,
      also: Array.isArray(call.options['also']) ? (call.options['also'] as string[]) : [],
      json: call.options['json'] === true,
      quiet: context.quiet,
      graceful: call.options['graceful'] === true,
      settleMs: settings.watchSettleMs,
      rerun: settings.watchRerun,
      prefix: settings.watchPrefix,
      signal: context.signal,
      short: context.short,
    });
    await lock.release();
    return 0;
  },
};

function siteOf(call: Call, context: Context, cwd: string, slot: number): Site {
  const asked = () => askedVm(call, context.settings, cwd);
  return {
    settings: context.settings,
    bringUp: ({ force, signal, emit, say }) => bringUpVm(context.settings, {
      needs: { ownKernel: asked().kernel !== undefined, bridge: asked().nics.includes(context.settings.bridgeName) },
      say,
      bringUp: (goals) => bringUp(
        context.targets({ install: call.options['install'] === true, retry: 'npm run watch -- --install' }),
        { goals, signal, emit, ...(force ? { force: new Set(['kernel']) } : {}) },
        context.world,
      ),
    }),
    booted: () => bootedKernel(context.settings),
    asked,
    nics: () => nicsFor(asked().nics, { settings: context.settings, processes: context.processes, slot }),
    reload: (): Result<Site> => {
      const again = context.reload();
      return isFailure(again) ? again : siteOf(call, again, cwd, slot);
    },
  };
}
