/** What a command line asks of paths. */
import { resolve } from 'node:path';
import type { Call } from '../../cli/spec.ts';
import { askedPaths } from '../../paths/asked.ts';
import { findProfile, profileDirs } from '../../paths/find.ts';
import type { AskedLab } from '../../paths/lab/lab.ts';
import { isOverBridge } from '../../paths/over-bridge.ts';
import { unknownBackup } from '../../paths/multipath.ts';
import { planPaths, type Multipath } from '../../paths/plan.ts';
import { pathFailure } from '../../paths/reasons.ts';
import { withTraces } from '../../paths/traced.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import type { Context } from './context.ts';
import { broughtUp, otherKernel, type OtherKernel } from './other-kernel.ts';

/** As it was asked for: what the peer boots may have to be built. */
export interface LabRequest extends Omit<AskedLab, 'peerKernel'> {
  readonly peerKernel: OtherKernel | undefined;
}

/** @returns `undefined`: no paths */
export function askedLab({ options }: Call, context: Context): Result<LabRequest | undefined> {
  const { settings, cwd } = context;
  const words = (options['path'] as string[] | undefined)?.filter((word) => !isOverBridge(word)) ?? [];
  if (words.length === 0) {
    const alone = ['mptcp', 'scheduler', 'peerKernel', 'peerCommand', 'plot'].find((name) => options[name] !== undefined);
    return alone === undefined ? undefined : pathFailure({ reason: 'bad-change', where: `--${alone.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)}`, wrong: 'it is for the paths of --path that lead to a peer, and there are none' });
  }
  const dirs = profileDirs(settings, process.env);
  const asked = askedPaths(words, (name) => findProfile(name, dirs));
  if (isFailure(asked)) return asked;
  const multipath = (options['mptcp'] as Multipath | undefined) ?? { kind: settings.vmMultipath };
  const wrong = unknownBackup(multipath, asked.map(({ name }) => name));
  if (wrong !== undefined) return pathFailure({ reason: 'bad-change', where: '--mptcp', wrong });
  const named = options['peerKernel'] as string | undefined;
  const peerKernel = named === undefined ? undefined : otherKernel(named, context);
  if (isFailure(peerKernel)) return peerKernel;
  const traced = withTraces(planPaths(asked), cwd);
  if (isFailure(traced)) return traced;
  const plot = options['plot'] as string | undefined;
  return { plot: plot === undefined ? undefined : resolve(cwd, plot), paths: traced.paths, traced: traced.queues, multipath, scheduler: options['scheduler'] as string | undefined, peerKernel, peerCommand: options['peerCommand'] as string | undefined };
}

/** Builds what the peer boots, if need be. */
export async function withPeerBuilt(lab: LabRequest | undefined, call: Call): Promise<Result<AskedLab | undefined>> {
  if (lab?.peerKernel === undefined) return lab === undefined ? undefined : { ...lab, peerKernel: undefined };
  const peerKernel = await broughtUp(lab.peerKernel, call);
  return isFailure(peerKernel) ? peerKernel : { ...lab, peerKernel };
}
