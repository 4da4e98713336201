/** Watches what goes over a lab's paths, from when the peer serves to the end. */
import type { VmContext } from '../../machine/request.ts';
import { PathMeter } from '../meter.ts';
import type { PlannedPath } from '../plan.ts';
import { seenPaths, type Seen } from '../seen.ts';
import { addPoint, handovers, pointOf, type Point } from '../timeline.ts';
import { readEvents } from './events.ts';
import { askCounters, type Peer } from './peer.ts';
import { startSampling } from './sampler.ts';

export interface Observed extends Seen {
  /** How much had gone over each path at each time. */
  readonly points: readonly Point[];
}

export interface Observer {
  /** All that there is to tell; `undefined` where the peer does not answer. */
  end(): Promise<Observed | undefined>;
}

export function observe(peer: Peer, { paths, dir, env }: { readonly paths: readonly PlannedPath[]; readonly dir: string; readonly env: VmContext['env'] }): Observer {
  const meter = new PathMeter(paths);
  const points: Point[] = [];
  const beganMs = Date.now();
  startSampling(peer.vm.guest, (sample, hostMs) => {
    meter.take(sample);
    addPoint(points, pointOf(hostMs, meter.now, meter.moved));
  });
  return {
    end: async () => {
      const counters = await askCounters(peer, paths, env);
      if (counters === undefined) return undefined;
      const events = readEvents(dir);
      return {
        beganMs, points, events, mptcp: counters.mptcp,
        paths: seenPaths(counters.carried, meter.now), handovers: handovers(points, events, paths.map(({ name }) => name)),
      };
    },
  };
}
