/** The peer: a second VM, at the far end of all paths. */
import { userAddresses } from '../../machine/guest/config.ts';
import { guestEnvironment } from '../../machine/guest/environment.ts';
import { machineFailure } from '../../machine/reasons.ts';
import type { VmContext, VmRequest } from '../../machine/request.ts';
import { bootVm, type RunningVm } from '../../machine/run/boot.ts';
import { prepare } from '../../machine/run/prepare.ts';
import { LineSplitter } from '../../host/processes/lines.ts';
import type { User } from '../../host/users.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import { carriedOf, parseMptcp, type Carried, type MptcpCounters } from '../carried.ts';
import { countersProgram, inNamespace, peerProgram } from '../peer-script.ts';
import { peersPaths, type Multipath, type PlannedPath } from '../plan.ts';
import { pathFailure } from '../reasons.ts';
import { refusesStreams, type Wires } from './wires.ts';
import { sampleReader, type Sample } from '../sample.ts';

/** It forwards, and serves files that the host has in its cache. */
const peerMemory = 512 * 2 ** 20;

/** A peer that takes longer to tell its counters is not waited for. */
const answerMs = 5000;

/** What the peer boots, where it has another kernel than the VM. */
export type PeerKernel = Pick<VmRequest, 'modules' | 'machine'> & { readonly path: string };

export interface PeerOptions {
  readonly paths: readonly PlannedPath[];
  readonly multipath: Multipath;
  readonly scheduler: string | undefined;
  /** The VM's. */
  readonly request: VmRequest;
  /** Another kernel than the VM's. */
  readonly kernel: PeerKernel | undefined;
  /** For a shell, beside the servers. */
  readonly command: string | undefined;
  readonly wires: Wires;
  /** What makes programs speak Multipath TCP, where they shall. */
  readonly preload: string | undefined;
  readonly user: User | undefined;
  readonly context: Pick<VmContext, 'stateDir' | 'env' | 'say'>;
}

export interface Peer {
  readonly vm: RunningVm;
  /** It can be reached, and serves; or why not. */
  readonly serves: Promise<Failure | undefined>;
}

/** As the VM was asked for, without what is its alone. */
function peerRequest({ request, paths, multipath, wires, preload, kernel }: PeerOptions): VmRequest {
  const outside = request.nics.find(({ kind }) => kind === 'user');
  return {
    ...request,
    ...(kernel === undefined ? {} : { kernel: kernel.path, modules: kernel.modules, machine: kernel.machine }),
    name: `${request.name}-peer`, memoryBytes: peerMemory, cpus: 1,
    nics: [...paths.map((path) => wires.nic(path, 'peer')), ...(outside === undefined ? [] : [outside])],
    leases: undefined, paths: peersPaths(paths, multipath), command: undefined, cwd: '/', passEnv: [], alsoRun: preload === undefined ? [] : [[preload]],
    rwDirs: [], clearDirs: [], clearFiles: [], disks: [], nvme: [], pmemBytes: [], numaNodes: 1, forwards: [], capture: undefined, qemuArgs: [],
    user: undefined, systemd: false, gdb: undefined, watchdog: false, allowSudo: false, timeoutMs: 0, coreBytes: 0, survivesOops: false, verbose: false,
  };
}

/** Starts it. */
export async function startPeer(options: PeerOptions): Promise<Result<Peer>> {
  const request = peerRequest(options);
  const prepared = await prepare(request, options.context);
  if (isFailure(prepared)) return pathFailure({ reason: 'peer-failed', cause: prepared.words });
  const [outside] = userAddresses(request.nics);
  const command = { argv: peerProgram(options.paths, { ...options, outside: outside === undefined ? undefined : `${outside.mac} ${outside.address} ${outside.gateway}` }), cwd: '/', env: guestEnvironment(options.context.env, [], '/') };
  const vm = await bootVm({ prepared, stateDir: options.context.stateDir, command, bootTimeoutMs: request.bootTimeoutMs, user: options.user, say: options.context.say });
  if (isFailure(vm)) return pathFailure({ reason: 'peer-failed', cause: vm.words });
  const lost = vm.gone.then((failure) => (failure === undefined ? undefined : whyLost(failure)));
  return { vm, serves: Promise.race([setUp(vm, options), lost]) };
}

function whyLost(failure: Failure): Failure {
  if (machineFailure.is(failure, 'qemu-failed') && refusesStreams(failure.detail.said)) {
    return pathFailure({ reason: 'old-qemu', qemu: failure.detail.qemu, said: failure.detail.said });
  }
  return pathFailure({ reason: 'peer-failed', cause: failure.words });
}

/**
 * What the guest starts by itself has set all up when it says that it listens.
 * iperf3 takes longer to start: only a command that names it waits for that.
 */
function setUp(vm: RunningVm, options: PeerOptions): Promise<Failure | undefined> {
  const awaited = options.request.command?.some((word) => word.includes('iperf3')) === true ? 'iperf3' : 'listening';
  return new Promise((resolve) => {
    const said: string[] = [];
    let serving = false;
    const session = vm.guest.adopt((_stream, chunk, taken) => {
      said.push(chunk.toString());
      taken();
      if (!serving && said.join('').includes(`${awaited}\n`)) {
        serving = true;
        for (const [, note] of said.join('').matchAll(/^note: (.*)$/gm)) options.context.say(`the peer: ${note}`);
        runCommand(vm, options);
        resolve(undefined);
      }
    });
    void session.ended.then(() => resolve(pathFailure({ reason: 'peer-set-up', said: said.join('').split('\n').filter((line) => line !== ''), log: vm.log })));
  });
}

/** The person's own command; what it prints is shown line by line. */
function runCommand(vm: RunningVm, { command, preload, request, context: { say, env } }: PeerOptions): void {
  if (command === undefined) return;
  const lines = new LineSplitter((line) => say(`peer: ${line}`));
  const session = vm.guest.start({
    argv: inNamespace(['/bin/sh', '-c', command]), cwd: request.cwd, env: [...guestEnvironment(env, [], request.cwd.toString()), ...(preload === undefined ? [] : [`LD_PRELOAD=${preload}`])],
  }, (_stream, chunk, taken) => {
    lines.push(chunk);
    taken();
  });
  session.endInput();
  void session.ended.then(({ status }) => {
    lines.end();
    if (status !== 0) say(`the peer's command ended with status ${status}`);
  });
}

/** What went over the paths; `undefined` where the peer does not tell. */
export async function askCounters({ vm }: Pick<Peer, 'vm'>, paths: readonly PlannedPath[], env: VmContext['env']): Promise<{ readonly carried: readonly Carried[]; readonly mptcp: MptcpCounters | undefined } | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => { timer = setTimeout(() => resolve(undefined), answerMs); });
  const asked = await Promise.race([runIn(vm, { argv: countersProgram, env: guestEnvironment(env, [], '/') }), vm.gone.then(() => undefined), late]);
  clearTimeout(timer);
  let sample: Sample | undefined;
  asked?.said.forEach(sampleReader((taken) => { sample = taken; }));
  return sample === undefined ? undefined : { carried: carriedOf(sample, paths), mptcp: parseMptcp(asked?.said.join('\n') ?? '') };
}

/** Runs a command of the peer's to its end. */
async function runIn(vm: RunningVm, command: { readonly argv: readonly string[]; readonly env: readonly string[] }): Promise<{ readonly status: number; readonly said: readonly string[] }> {
  let said = '';
  const session = vm.guest.start({ ...command, cwd: '/' }, (_stream, chunk, taken) => {
    said += chunk.toString();
    taken();
  });
  session.endInput();
  const { status } = await session.ended;
  return { status, said: said.split('\n').filter((line) => line !== '') };
}
