/** Looks each second at what goes over the paths of a VM that runs. */
import { linkTo } from '../../machine/reach/link.ts';
import { isFailure, type Failure } from '../../report/failure.ts';
import type { VmEntry } from '../../vms/entry.ts';
import { PathMeter } from '../meter.ts';
import type { PlannedPath } from '../plan.ts';
import { tickPaths, type Tick } from '../show/live.ts';
import { readEvents } from './events.ts';
import { startSampling } from './sampler.ts';
import { readState } from './state-file.ts';

interface LookOptions {
  readonly dir: string;
  readonly vm: VmEntry;
  readonly peer: VmEntry;
  readonly paths: readonly Pick<PlannedPath, 'name' | 'place' | 'vmAddress' | 'vmAddress6'>[];
  readonly signal: AbortSignal;
  readonly took: (tick: Tick) => void;
}

const everyMs = 1000;

/** @returns when the VM, its peer or a person has ended it */
export async function look({ dir, vm, peer, paths, signal, took }: LookOptions): Promise<Failure | undefined> {
  const link = await linkTo(peer);
  if (isFailure(link)) return link;
  const meter = new PathMeter(paths);
  let first: number | undefined;
  let last = { atMs: 0, metered: meter.now };
  let known = readEvents(dir).length;
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  // What is asked of a guest that is still booting is lost.
  const ended = Promise.race([link.gone, stopped]);
  await Promise.race([link.ready, ended]);
  startSampling(link.guest, (sample) => {
    meter.take(sample);
    first ??= sample.atMs;
    if (last.atMs === 0) last = { atMs: sample.atMs, metered: meter.now };
    // By the samples' own times: seconds are whole ones even where samples come late.
    if (sample.atMs - last.atMs < everyMs - 10) return;
    const now = { atMs: sample.atMs, metered: meter.now };
    const events = readEvents(dir);
    took({ vm: vm.name, seconds: Math.round((now.atMs - first) / 1000), events: events.slice(known), paths: tickPaths(last.metered, now.metered, now.atMs - last.atMs, readState(dir)) });
    known = events.length;
    last = now;
  });
  await ended;
  link.close();
  return undefined;
}
