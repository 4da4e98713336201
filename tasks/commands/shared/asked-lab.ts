/** What a command line asks of paths. */
import { resolve } from 'node:path';
import type { Settings } from '../../../config/settings.ts';
import type { Call } from '../../cli/spec.ts';
import { findKernel } from '../../machine/modules/find.ts';
import { askedPaths } from '../../paths/asked.ts';
import { findProfile, profileDirs } from '../../paths/find.ts';
import type { AskedLab } from '../../paths/lab/lab.ts';
import { unknownBackup } from '../../paths/multipath.ts';
import { planPaths, type Multipath } from '../../paths/plan.ts';
import { pathFailure } from '../../paths/reasons.ts';
import { withTraces } from '../../paths/traced.ts';
import { isFailure, type Result } from '../../report/failure.ts';

/** @returns `undefined`: no paths */
export function askedLab({ options }: Call, settings: Settings, cwd: string): Result<AskedLab | undefined> {
  const words = options['path'] as string[] | undefined;
  if (words === undefined) {
    const alone = ['mptcp', 'scheduler', 'peerKernel', 'peerCommand', 'plot'].find((name) => options[name] !== undefined);
    return alone === undefined ? undefined : pathFailure({ reason: 'bad-change', where: `--${alone.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)}`, wrong: 'it is for the paths of --path, and there are none' });
  }
  const dirs = profileDirs(settings, process.env);
  const asked = askedPaths(words, (name) => findProfile(name, dirs));
  if (isFailure(asked)) return asked;
  const multipath = (options['mptcp'] as Multipath | undefined) ?? { kind: settings.vmMultipath };
  const wrong = unknownBackup(multipath, asked.map(({ name }) => name));
  if (wrong !== undefined) return pathFailure({ reason: 'bad-change', where: '--mptcp', wrong });
  const named = options['peerKernel'] as string | undefined;
  const peerKernel = named === undefined ? undefined : findKernel(named, cwd);
  if (isFailure(peerKernel)) return peerKernel;
  const traced = withTraces(planPaths(asked), cwd);
  if (isFailure(traced)) return traced;
  const plot = options['plot'] as string | undefined;
  return { plot: plot === undefined ? undefined : resolve(cwd, plot), paths: traced.paths, traced: traced.queues, multipath, scheduler: options['scheduler'] as string | undefined, peerKernel, peerCommand: options['peerCommand'] as string | undefined };
}
