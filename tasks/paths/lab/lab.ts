/** A VM's paths and the peer at their far end: opened before the VM is started, closed after it has ended. Under watch, one VM after the other has them. */
import { rmSync } from 'node:fs';
import { findUser } from '../../host/users.ts';
import { mptcpPreload } from '../../machine/guest/place.ts';
import type { VmContext, VmRequest } from '../../machine/request.ts';
import { configOfKernel } from '../../machine/run/prepare.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import { generationOf, whyPlainTcp } from '../generation.ts';
import { guestPaths, type Multipath, type PlannedPath } from '../plan.ts';
import { pathFailure } from '../reasons.ts';
import type { TracedQueue } from '../traced.ts';
import { seenMessages } from '../show/at-end.ts';
import { followTraces } from './follow.ts';
import { answerGuest } from './ask.ts';
import { openShaper, type Shaper } from './live.ts';
import { observe, type Observed, type Observer } from './observe.ts';
import { startPeer, type Peer, type PeerKernel, type PeerOptions } from './peer.ts';
import { makeSocketDir, socketsThere } from './sockets.ts';
import { streamWires, udpWires, type Wires } from './wires.ts';
import { readState, writeState } from './state-file.ts';

/** What was asked of paths. */
export interface AskedLab {
  readonly paths: readonly PlannedPath[];
  /** Of them, the queues whose rates change by themselves. */
  readonly traced: readonly TracedQueue[];
  readonly multipath: Multipath;
  readonly scheduler: string | undefined;
  readonly peerKernel: PeerKernel | undefined;
  /** For a shell in the peer. */
  readonly peerCommand: string | undefined;
  /** The file that what went over the paths is drawn to: .svg or .html. */
  readonly plot: string | undefined;
}

export interface Lab {
  /** A VM with these paths; one at a time, and the next may have them when it has ended. */
  readonly fit: (vm: VmRequest) => VmRequest;
  /** The peer serves; or why it does not. */
  readonly before: Promise<Failure | undefined>;
  /** The peer has ended. */
  readonly gone: Promise<void>;
  /**
   * Says what went over the paths, and ends the peer.
   *
   * @returns what it has said; `undefined` where the peer does not tell
   */
  close(): Promise<Observed | undefined>;
}

export async function openLab(asked: AskedLab, request: VmRequest, context: Pick<VmContext, 'stateDir' | 'env' | 'say' | 'signal'>): Promise<Result<Lab>> {
  const { paths, multipath } = asked;
  const user = request.runAs === undefined ? undefined : findUser(request.runAs);
  const dir = makeSocketDir(user);
  if (isFailure(dir)) return dir;
  const preload = multipath.kind === 'none' ? undefined : mptcpPreload(context.stateDir);
  const kernel = asked.peerKernel;
  const plain = multipath.kind === 'none' ? undefined : whyPlainTcp(generationOf(configOfKernel(request.kernel)), generationOf(configOfKernel(kernel?.path ?? request.kernel)));
  if (plain !== undefined) context.say(plain);
  const remove = () => rmSync(dir, { recursive: true, force: true });
  const start = (wires: Wires) => connectablePeer({ paths, multipath, scheduler: asked.scheduler, request, kernel, command: asked.peerCommand, wires, preload, user, context }, dir);
  let wires = streamWires(dir);
  let peer = await start(wires);
  if (pathFailure.is(peer, 'old-qemu')) {
    context.say(`${peer.detail.qemu} is older than 7.2: the paths' frames go by UDP over the loopback, where others on this machine could send some, too`);
    wires = await udpWires(dir, paths);
    peer = await start(wires);
  }
  if (isFailure(peer)) {
    remove();
    return peer;
  }
  let closing = false;
  let observer: Observer | undefined;
  let unfollow: (() => void) | undefined;
  // It waits in the peer from its start on: a change is made at once.
  let shaper: Shaper | undefined;
  void peer.serves.then((failure) => {
    if (failure !== undefined) return;
    shaper = openShaper(peer.vm.guest);
    unfollow = followTraces(peer.vm.guest, asked.traced, context.say);
    observer = observe(peer, { paths, dir, env: context.env });
  });
  const close = async () => {
    closing = true;
    unfollow?.();
    const observed = await observer?.end();
    await peer.vm.stop();
    remove();
    if (observed !== undefined) await tell(observed, asked, context.say);
    return observed;
  };
  void peer.vm.gone.then((failure) => {
    if (!closing && observer !== undefined) context.say(`the peer was lost: ${failure?.words.what ?? 'it ended'} (its console: ${peer.vm.log})`);
  });
  return { fit: (vm) => fit(vm, { asked, dir, preload, wires, say: context.say, reached: (reached) => answerGuest(reached, dir, () => shaper) }), before: peer.serves, gone: peer.vm.gone.then(() => undefined), close };
}

/** QEMU connects once, when it starts: the other one has to listen by then. */
async function connectablePeer(options: PeerOptions, dir: string): Promise<Result<Peer>> {
  const peer = await startPeer(options);
  if (isFailure(peer)) return peer;
  const waiting = new AbortController();
  const failed = await Promise.race([socketsThere(dir, options.wires.awaited(options.paths), waiting.signal).then(() => undefined), peer.vm.gone.then(() => peer.serves)]);
  waiting.abort();
  return failed ?? peer;
}

interface Fitting {
  readonly asked: AskedLab;
  readonly dir: string;
  readonly preload: string | undefined;
  readonly wires: Wires;
  readonly say: VmContext['say'];
  readonly reached: VmRequest['reached'];
}

function fit(vm: VmRequest, { asked: { paths, multipath, scheduler }, dir, preload, wires, say, reached }: Fitting): VmRequest {
  const first = vm.nics.length;
  // Of one that had a VM before: a new VM's NICs have their cables.
  const old = new Map(readState(dir).map((state) => [state.name, state.is === 'cut' ? { ...state, is: 'up' as const } : state]));
  const written = writeState(dir, paths.map(({ name, place, profile }) => ({ is: 'up', profile, ...old.get(name), name, place, nic: first + place })));
  if (written !== undefined) say(`kloop path will not work: ${written.words.what}`);
  return {
    ...vm, reached,
    nics: [...vm.nics, ...paths.map((path) => wires.nic(path, 'vm'))],
    paths: guestPaths(paths, multipath, scheduler),
    ...(preload === undefined ? {} : { alsoRun: [...vm.alsoRun, [preload]], passEnv: [...vm.passEnv, `LD_PRELOAD=${preload}`] }),
  };
}

async function tell(observed: Observed, { paths, plot }: AskedLab, say: VmContext['say']): Promise<void> {
  const messages = seenMessages(observed);
  for (const message of messages) say(message);
  if (plot === undefined) return;
  // launch.cjs has put what draws into another bundle, which is only read for --plot.
  const { writePlot } = await import('../plot/write.ts');
  const written = writePlot(plot, { ...observed, paths: paths.map(({ name }) => name) }, messages);
  say(isFailure(written) ? `--plot: ${written.words.what}` : `drawn in ${plot}`);
}
