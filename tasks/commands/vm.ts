import { featuresFor } from '../../config/packages.ts';
import { bootable } from './shared/bootable.ts';
import type { Context } from './shared/context.ts';
import { finish } from '../cli/finish.ts';
import type { Call } from '../cli/spec.ts';
import { withKernelFound } from './shared/named-kernel.ts';
import { withUserFound } from './shared/named-user.ts';
import { installOption } from './shared/target-command.ts';
import { vmOptions } from './shared/vm-options.ts';
import { askedVm, type AskedVm } from './shared/vm-request.ts';
import { unexpected } from '../console/known.ts';
import type { Splat } from '../console/splat.ts';
import { splatWords, titlesInShort } from '../console/words.ts';
import { makeDecoder, type Ran } from '../decode/decoder.ts';
import { splatsOfLost, withSourceLines } from '../machine/lost-vm.ts';
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
    { flags: '--strict', summary: 'status 1 if the kernel complained (WARNING, BUG, KASAN, …)' },
    { flags: '--dry-run', summary: "print QEMU's command line, ready to paste" },
    installOption,
  ],
  examples: [
    ['vm', 'a shell in the kernel just built'],
    ['vm -- -- uname -r', 'only its output goes to stdout'],
    ['vm -- --bridge bridge0 bridge0', 'with two NICs on the LAN'],
  ],
  async run(typed, context) {
    const named = withKernelFound(typed, context.cwd);
    const call = isFailure(named) ? named : withUserFound(named);
    if (isFailure(call)) return finish(call);
    const asked = askedVm(call, context.settings, context.cwd);
    if (context.settings.vmRunner === 'vido') return byVido(call, asked, context);
    const { settings } = context;
    const refused = nicsRefusal(asked.nics, { ours: settings.bridgeName, settings });
    if (refused !== undefined) return finish(refused);
    const dryRun = call.options['dryRun'] === true;
    // Looking at a command line must not change the host's network.
    const bridge = !dryRun && asked.nics.includes(settings.bridgeName);
    const ready = await bringUpVm(settings, {
      needs: { ownKernel: asked.kernel !== undefined, bridge },
      say: context.say,
      bringUp: (goals) => context.bringUp(goals, {
        features: [...featuresFor({ ...settings, vmNics: asked.nics })],
        install: call.options['install'] === true,
        retry: 'npm run vm -- --install',
      }),
    });
    if (isFailure(ready)) return finish(ready);
    const prepared = await bootable(asked, context, { by: 'kloop vm', dryRun });
    if (isFailure(prepared)) return finish(prepared);
    const { request } = prepared;
    const vmContext = {
      stateDir: context.settings.stateDir,
      signal: context.signal,
      say: context.say,
      status: context.quiet ? undefined : statusLine(process.stderr),
      env: process.env,
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
    };
    if (dryRun) {
      const described = await describeVm(request, vmContext);
      if (isFailure(described)) return finish(described);
      process.stdout.write(described.text);
      return 0;
    }
    const ended = await runVm(request, vmContext);
    await prepared.release();
    const told: Told = { context, ran: { image: request.kernel, foreign: asked.kernel !== undefined } };
    if (isFailure(ended)) return finish(await withLines(ended, told));
    const splats = unexpected(ended.splats, settings.knownSplats);
    await tellSplats(splats, ended.log, told);
    return ended.status === 0 && splats.length > 0 && call.options['strict'] === true ? 1 : ended.status;
  },
};

interface Told {
  readonly context: Context;
  readonly ran: Ran;
}

/** What the kernel complained of: its first words at once, the reports when their frames have their lines. */
async function tellSplats(splats: readonly Splat[], log: string, { context, ran }: Told): Promise<void> {
  if (splats.length === 0) return;
  context.say(`the kernel complained: ${titlesInShort(splats)}`);
  const decoded = await makeDecoder(context.settings, context.processes)(splats, ran, context.signal);
  process.stderr.write(splatWords(splats, decoded, log));
}

/** A crash's frames get their lines, too. */
async function withLines(failure: Failure, { context, ran }: Told): Promise<Failure> {
  const splats = splatsOfLost(failure);
  return splats.length === 0 ? failure : withSourceLines(failure, await makeDecoder(context.settings, context.processes)(splats, ran, context.signal));
}

/** Options that vido has nothing for, by the names that the parser gives them. */
const vidoLacks: Readonly<Record<string, string>> = {
  strict: '--strict', cpus: '--cpus', multipath: '--no-multipath', dmesg: '--dmesg', forward: '--forward', user: '--user',
  nvme: '--nvme', pmem: '--pmem', numa: '--numa', qemuArg: '--qemu-arg',
};

/** VM_RUNNER=vido: the same VM, as far as vido can have it. */
async function byVido(call: Call, asked: AskedVm, context: Context): Promise<number> {
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
