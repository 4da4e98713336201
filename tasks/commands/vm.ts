import { featuresFor } from '../../config/packages.ts';
import { hostFailure } from '../host/reasons.ts';
import type { ConfigRequest } from '../kernel/config/request.ts';
import { bootable } from './shared/bootable.ts';
import { askedLab } from './shared/asked-lab.ts';
import { askedConfig, configOptions } from './shared/config-options.ts';
import type { Context } from './shared/context.ts';
import { finish } from '../cli/finish.ts';
import type { Call } from '../cli/spec.ts';
import { withKernelFound } from './shared/named-kernel.ts';
import { withUserFound } from './shared/named-user.ts';
import { installOption } from './shared/target-command.ts';
import { variantOption, variantsNamed } from './shared/variant-option.ts';
import { vmOptions } from './shared/vm-options.ts';
import { vmJson, type VmOutcome } from './shared/vm-outcome.ts';
import { askedVm, onOurBridge, type AskedVm } from './shared/vm-request.ts';
import { describeVm } from '../machine/run/run.ts';
import { describeVido, runByVido, vidoRefusal } from '../targets/vido/run.ts';
import { nicsRefusal } from '../network/nics/nics.ts';
import { bridgeOf } from '../paths/over-bridge.ts';
import { statusLine } from '../progress/status-line.ts';
import { isFailure, type Failure } from '../report/failure.ts';
import { compressedImage } from '../targets/goals.ts';
import { vidoClone, vidoPath } from '../targets/vido/target.ts';
import type { Command } from './shared/command.ts';
import { buildFor, runBuilt, vmContext, type OneVm } from './vm/run.ts';
import { runVariants } from './vm/variants.ts';

export const vm: Command = {
  name: 'vm',
  summary: 'Build what the VM needs; boot into a shell or a command.',
  guestCommand: 'run instead of a shell; kloop exits with its status',
  options: [
    ...vmOptions,
    ...configOptions,
    { ...variantOption, summary: 'a variant: debug, btf, clang, tiny, …; repeatable', repeats: true },
    { flags: '--strict', summary: 'status 1 if the kernel complained (WARNING, BUG, KASAN, …)' },
    { flags: '--json', summary: 'print how it ended as a line of JSON; output goes to stderr' },
    { flags: '--dry-run', summary: "print QEMU's command line, ready to paste" },
    installOption,
  ],
  examples: [
    ['vm', 'a shell in the kernel just built'],
    ['vm -- -- uname -r', 'only its output goes to stdout'],
    ['vm -- --bridge bridge0 bridge0', 'with two NICs on the LAN'],
  ],
  async run(typed, context) {
    const began = performance.now();
    const outcome: VmOutcome = { variant: context.settings.variant?.name, splats: [] };
    const variants = variantsNamed(typed);
    if (variants.length > 1) return runVariants(variants, typed, context);
    const status = await runAsked(typed, context, outcome);
    if (typed.options['json'] === true && typed.options['dryRun'] !== true) process.stdout.write(vmJson(outcome, status, performance.now() - began));
    return status;
  },
};

/** @returns kloop's status; `outcome` is filled */
async function runAsked(typed: Call, context: Context, outcome: VmOutcome): Promise<number> {
  const fail = (failure: Failure): number => {
    outcome.failure = failure;
    return finish(failure);
  };
  const json = typed.options['json'] === true;
  const named = withKernelFound(typed, context.cwd);
  const call = isFailure(named) ? named : withUserFound(named);
  if (isFailure(call)) return fail(call);
  const asked = askedVm(call, context.settings, context.cwd);
  const config = askedConfig(call, context.cwd, true);
  if (isFailure(config)) return fail(config);
  const lab = askedLab(call, context);
  if (isFailure(lab)) return fail(lab);
  const contradicted = contradiction(asked, { json, config, dryPaths: lab !== undefined && call.options['dryRun'] === true, settings: context.settings });
  if (contradicted !== undefined) return fail(contradicted);
  if (context.settings.vmRunner === 'vido') return byVido(call, { ...asked, nics: asked.nics.map(bridgeOf), config }, context);
  const { settings } = context;
  const refused = nicsRefusal(asked.nics, { ours: settings.bridgeName, settings });
  if (refused !== undefined) return fail(refused);
  const dryRun = call.options['dryRun'] === true;
  // Looking at a command line must not change the host's network.
  const bridge = !dryRun && onOurBridge(asked, settings);
  const one: OneVm = { call, context, asked, lab, config, outcome };
  const built = await buildFor(one, bridge);
  if (isFailure(built)) return fail(built);
  const prepared = await bootable(asked, context, { by: 'kloop vm', dryRun });
  if (isFailure(prepared)) return fail(prepared);
  // With --json stdout is for the program that reads it.
  const streams = { status: context.quiet ? undefined : statusLine(process.stderr), stdin: process.stdin, stdout: json ? process.stderr : process.stdout, stderr: process.stderr };
  if (dryRun) {
    const described = await describeVm(prepared.request, vmContext(context, streams));
    if (isFailure(described)) return fail(described);
    process.stdout.write(described.text);
    return 0;
  }
  return runBuilt(built, prepared, streams);
}

/** What was asked for and cannot be, whatever the kernel. */
function contradiction(asked: AskedVm, { json, config, dryPaths, settings }: { readonly json: boolean; readonly dryPaths: boolean; readonly config: ConfigRequest | undefined; readonly settings: Context['settings'] }): Failure | undefined {
  if (config !== undefined && asked.kernel !== undefined) {
    return hostFailure({ reason: 'bad-usage', wrong: '--set and --config are for the kernel that is built, and --kernel boots another', fix: ['npm run config -- --set CONFIG_X=y'] });
  }
  if (dryPaths) return hostFailure({ reason: 'bad-usage', wrong: '--dry-run prints one VM, and --path needs two', fix: ['npm run vm -- --dry-run'] });
  if (json && asked.command === undefined) return hostFailure({ reason: 'bad-usage', wrong: '--json reports how a command ended, and no command is given', fix: ['npm run vm -- --json -- ./test.sh'] });
  if (json && settings.vmRunner === 'vido') return hostFailure({ reason: 'bad-usage', wrong: 'vido does not report what --json would print', fix: ['VM_RUNNER=kloop npm run vm -- --json -- ./test.sh'] });
  return undefined;
}

/** Options that vido has nothing for, by the names that the parser gives them. */
const vidoLacks: Readonly<Record<string, string>> = {
  strict: '--strict', cpus: '--cpus', multipath: '--no-multipath', dmesg: '--dmesg', forward: '--forward', user: '--user',
  nvme: '--nvme', pmem: '--pmem', numa: '--numa', qemuArg: '--qemu-arg', systemd: '--systemd', path: '--path', capture: '--capture', plot: '--plot', mptcp: '--mptcp', scheduler: '--scheduler', peerKernel: '--peer-kernel', peerCommand: '--peer-command',
};

/** VM_RUNNER=vido: the same VM, as far as vido can have it. */
async function byVido(call: Call, asked: AskedVm & { readonly config: ConfigRequest | undefined }, context: Context): Promise<number> {
  const { settings, processes, signal } = context;
  const vidoContext = { processes, signal, stateDir: settings.stateDir };
  const place = { vido: vidoPath(settings.vidoPrefix), clone: vidoClone(settings.reposDir), source: settings.vidoSource };
  const disks = asked.disks.filter((disk) => typeof disk === 'string');
  const lacking = [...new Set(call.order.flatMap(({ name }) => vidoLacks[name] ?? [])), ...(disks.length < asked.disks.length ? ['--disk SIZE'] : [])];
  if (lacking.length > 0) context.say(`vido has no equivalent of ${lacking.join(', ')}: ignored`);
  // Before anything is built for it.
  const refused = await vidoRefusal({ ...asked, ...place }, vidoContext);
  if (refused !== undefined) return finish(refused);
  const goals = [
    ...(asked.kernel === undefined ? ['image'] : ['packages']),
    ...(onOurBridge(asked, settings) ? ['bridge'] : []),
    'vido',
  ];
  const ready = await context.bringUp(goals, {
    features: [...featuresFor({ ...settings, vmNics: asked.nics }, process.env)],
    install: call.options['install'] === true,
    retry: 'npm run vm -- --install',
    asked: asked.config,
  });
  if (isFailure(ready)) return finish(ready);
  const kernel = asked.kernel ?? compressedImage(settings);
  if (isFailure(kernel)) return finish(kernel);
  const request = { ...asked, ...place, gdb: asked.gdb !== undefined, kernel, disks, command: (asked.command ?? []).map(String) };
  if (call.options['dryRun'] === true) {
    const described = await describeVido(request, vidoContext);
    if (isFailure(described)) return finish(described);
    process.stdout.write(described);
    return 0;
  }
  const status = await runByVido(request, vidoContext);
  return isFailure(status) ? finish(status) : status;
}
