import { featuresFor } from '../../config/packages.ts';
import { hostFailure } from '../host/reasons.ts';
import type { ConfigRequest } from '../kernel/config/request.ts';
import { bootable } from './shared/bootable.ts';
import { askedConfig, configOptions } from './shared/config-options.ts';
import type { Context } from './shared/context.ts';
import { finish } from '../cli/finish.ts';
import type { Call } from '../cli/spec.ts';
import { withKernelFound } from './shared/named-kernel.ts';
import { withUserFound } from './shared/named-user.ts';
import { installOption } from './shared/target-command.ts';
import { vmOptions } from './shared/vm-options.ts';
import { vmJson, type VmOutcome } from './shared/vm-outcome.ts';
import { askedVm, type AskedVm } from './shared/vm-request.ts';
import type { Decoded } from '../console/annotate.ts';
import { unexpected } from '../console/known.ts';
import type { Splat } from '../console/splat.ts';
import { splatWords } from '../console/words.ts';
import { makeDecoder } from '../decode/decoder.ts';
import { keepEvidence } from '../evidence/keep.ts';
import { bootedNow, openKernel, type OpenedKernel } from '../evidence/gather/kernel.ts';
import { isLostVm, toldOf, toldOfSplats } from '../evidence/lost.ts';
import { incidentOfVm, outputKept, type Found, type SeenVm } from '../evidence/of-vm.ts';
import { Capture } from '../host/processes/capture.ts';
import { splatsOfLost, withSourceLines } from '../machine/lost-vm.ts';
import { machineFailure } from '../machine/reasons.ts';
import { complaintsIn } from '../machine/run/console-file.ts';
import { describeVm, runVm } from '../machine/run/run.ts';
import { describeVido, runByVido, vidoRefusal } from '../targets/vido/run.ts';
import { nicsRefusal } from '../network/nics/nics.ts';
import { statusLine } from '../progress/status-line.ts';
import { isFailure, type Failure } from '../report/failure.ts';
import { bringUpVm, compressedImage } from '../targets/goals.ts';
import { vidoClone, vidoPath } from '../targets/vido/target.ts';
import type { Command } from './shared/command.ts';

export const vm: Command = {
  name: 'vm',
  summary: 'Build what the VM needs; boot into a shell or a command.',
  guestCommand: 'run instead of a shell; kloop exits with its status',
  options: [
    ...vmOptions,
    ...configOptions,
    { flags: '--strict', summary: 'status 1 if the kernel complained (WARNING, BUG, KASAN, …)' },
    { flags: '--json', summary: 'print how it came out as a line of JSON; output goes to stderr' },
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
    const outcome: VmOutcome = { splats: [] };
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
  const contradicted = contradiction(asked, { json, config, settings: context.settings });
  if (contradicted !== undefined) return fail(contradicted);
  if (context.settings.vmRunner === 'vido') return byVido(call, { ...asked, config }, context);
  const { settings } = context;
  const refused = nicsRefusal(asked.nics, { ours: settings.bridgeName, settings });
  if (refused !== undefined) return fail(refused);
  const dryRun = call.options['dryRun'] === true;
  // Looking at a command line must not change the host's network.
  const bridge = !dryRun && asked.nics.includes(settings.bridgeName);
  const began = performance.now();
  const ready = await bringUpVm(settings, {
    needs: { ownKernel: asked.kernel !== undefined, bridge },
    say: context.say,
    bringUp: (goals) => context.bringUp(goals, {
      features: [...featuresFor({ ...settings, vmNics: asked.nics })],
      install: call.options['install'] === true,
      retry: 'npm run vm -- --install',
      asked: config,
    }),
  });
  outcome.buildMs = performance.now() - began;
  if (isFailure(ready)) return fail(ready);
  const prepared = await bootable(asked, context, { by: 'kloop vm', dryRun });
  if (isFailure(prepared)) return fail(prepared);
  const { request } = prepared;
  // What a person does in a shell is theirs.
  const output = request.command === undefined ? undefined : new Capture(outputKept);
  const vmContext = {
    stateDir: context.settings.stateDir,
    signal: context.signal,
    say: context.say,
    status: context.quiet ? undefined : statusLine(process.stderr),
    env: process.env,
    stdin: process.stdin,
    // With --json stdout is for the program that reads it.
    stdout: json ? process.stderr : process.stdout,
    stderr: process.stderr,
    heard: (chunk: Buffer) => output?.push(chunk),
  };
  if (dryRun) {
    const described = await describeVm(request, vmContext);
    if (isFailure(described)) return fail(described);
    process.stdout.write(described.text);
    return 0;
  }
  const booted = bootedNow({ image: request.kernel, foreign: asked.kernel !== undefined });
  outcome.kernel = request.kernel;
  const ended = await runVm(request, vmContext);
  await prepared.release();
  const seen: Seen = { context, vm: { request, booted, output }, outcome };
  if (isFailure(ended)) {
    outcome.failure = ended;
    return tellFailure(ended, seen);
  }
  const { status, log, boot, commandMs } = ended;
  Object.assign(outcome, { status, log, bootMs: boot.reachedMs + boot.initMs, commandMs });
  const splats = unexpected(ended.splats, settings.knownSplats);
  await tellSplats(splats, ended, seen);
  return status === 0 && splats.length > 0 && call.options['strict'] === true ? 1 : status;
}

/** A VM that has ended. */
interface Seen {
  readonly context: Context;
  readonly vm: Omit<SeenVm, 'opened'>;
  readonly outcome: VmOutcome;
}

/** What was asked for and cannot be, whatever the kernel. */
function contradiction(asked: AskedVm, { json, config, settings }: { readonly json: boolean; readonly config: ConfigRequest | undefined; readonly settings: Context['settings'] }): Failure | undefined {
  if (config !== undefined && asked.kernel !== undefined) {
    return hostFailure({ reason: 'bad-usage', wrong: '--set and --config are for the kernel that is built, and --kernel boots another', fix: ['npm run config -- --set CONFIG_X=y'] });
  }
  if (json && asked.command === undefined) return hostFailure({ reason: 'bad-usage', wrong: '--json tells how a command came out, and there is none', fix: ['npm run vm -- --json -- ./test.sh'] });
  if (json && settings.vmRunner === 'vido') return hostFailure({ reason: 'bad-usage', wrong: 'vido does not tell what --json would print', fix: ['VM_RUNNER=kloop npm run vm -- --json -- ./test.sh'] });
  return undefined;
}

/** What the kernel complained of: its first words at once, the reports when their frames have their lines. */
async function tellSplats(splats: readonly Splat[], { status, log }: { readonly status: number | string; readonly log: string }, seen: Seen): Promise<void> {
  seen.outcome.splats = splats;
  if (splats.length === 0) return;
  const opened = openKernel(seen.context.settings, seen.vm.booted);
  seen.context.say(toldOfSplats(splats).what);
  const decoded = await decodedFor(splats, seen);
  process.stderr.write(splatWords(splats, decoded, log));
  await keepOf(seen, opened, { ...toldOfSplats(splats), splats, decoded, status, log });
}

/** A crash's frames get their lines, too. */
async function tellFailure(failure: Failure, seen: Seen): Promise<number> {
  if (machineFailure.is(failure, 'vm-timeout')) {
    const status = finish(failure);
    const { log } = failure.detail;
    // A command that takes too long may do so for what the kernel complains of.
    await tellSplats(unexpected(complaintsIn(log)(), seen.context.settings.knownSplats), { status: 'timed out', log }, seen);
    return status;
  }
  if (!isLostVm(failure)) return finish(failure);
  const opened = openKernel(seen.context.settings, seen.vm.booted);
  const splats = splatsOfLost(failure);
  seen.outcome.splats = splats;
  const decoded = await decodedFor(splats, seen);
  const status = finish(withSourceLines(failure, decoded));
  await keepOf(seen, opened, { ...toldOf(failure), splats, decoded, log: failure.words.log });
  return status;
}

async function decodedFor(splats: readonly Splat[], { context, vm: { booted } }: Seen): Promise<Decoded> {
  return splats.length === 0 ? new Map() : makeDecoder(context.settings, context.processes)(splats, booted, context.signal);
}

async function keepOf({ context, vm: seen, outcome }: Seen, opened: OpenedKernel, found: Found): Promise<void> {
  const kept = await keepEvidence(incidentOfVm({ ...seen, opened }, found, process.argv.slice(2)), context);
  if (kept !== undefined) outcome.evidence = kept;
}

/** Options that vido has nothing for, by the names that the parser gives them. */
const vidoLacks: Readonly<Record<string, string>> = {
  strict: '--strict', cpus: '--cpus', multipath: '--no-multipath', dmesg: '--dmesg', forward: '--forward', user: '--user',
  nvme: '--nvme', pmem: '--pmem', numa: '--numa', qemuArg: '--qemu-arg', systemd: '--systemd',
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
    ...(asked.nics.includes(settings.bridgeName) ? ['bridge'] : []),
    'vido',
  ];
  const ready = await context.bringUp(goals, {
    features: [...featuresFor({ ...settings, vmNics: asked.nics })],
    install: call.options['install'] === true,
    retry: 'npm run vm -- --install',
    asked: asked.config,
  });
  if (isFailure(ready)) return finish(ready);
  const kernel = asked.kernel ?? compressedImage(settings);
  if (isFailure(kernel)) return finish(kernel);
  const request = { ...asked, ...place, kernel, disks, command: (asked.command ?? []).map(String) };
  if (call.options['dryRun'] === true) {
    const described = await describeVido(request, vidoContext);
    if (isFailure(described)) return finish(described);
    process.stdout.write(described);
    return 0;
  }
  const status = await runByVido(request, vidoContext);
  return isFailure(status) ? finish(status) : status;
}
