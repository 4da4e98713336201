/** All that is known of what went over a lab's paths, at its end. Pure. */
import type { Carried, MptcpCounters } from './carried.ts';
import type { Metered } from './meter.ts';
import type { Handover, PathEvent } from './timeline.ts';

/** A path: what its queues let through, and what TCP made of it where the peer's kernel tells. */
export interface SeenPath extends Carried, Partial<Pick<Metered, 'payload' | 'goodput' | 'rtt' | 'again' | 'subflows'>> {}

export interface Seen {
  /** What its times count from; ms since 1970. */
  readonly beganMs: number;
  readonly paths: readonly SeenPath[];
  readonly mptcp: MptcpCounters | undefined;
  readonly events: readonly PathEvent[];
  readonly handovers: readonly Handover[];
}

/** The queues' last word, and what was metered before. */
export function seenPaths(carried: readonly Carried[], metered: readonly Metered[]): SeenPath[] {
  return carried.map((path) => {
    const found = metered.find(({ name }) => name === path.name);
    if (found === undefined) return path;
    const { payload, goodput, rtt, again, subflows } = found;
    return { ...path, payload, goodput, rtt, again, subflows };
  });
}

/** For a program: times in ms since the start, goodput in bits per second. */
export function seenJson({ beganMs, paths, mptcp, events, handovers }: Seen): object {
  const since = (ms: number) => Math.round(ms - beganMs);
  return {
    paths: paths.map(({ goodput, rtt, subflows, ...path }) => ({
      ...path, ...(goodput === undefined ? {} : { goodput: Math.round(goodput) }),
      ...(rtt === undefined ? {} : { rttMs: Number(rtt.meanMs.toFixed(3)), leastRttMs: Number(rtt.leastMs.toFixed(3)) }),
      ...(subflows === undefined ? {} : { subflows: subflows.ever }),
    })),
    mptcp,
    events: events.map(({ atMs, text }) => ({ atMs: since(atMs), text })),
    handovers: handovers.map(({ event, to, gapMs }) => ({ atMs: since(event.atMs), change: event.text, to, gapMs: gapMs === undefined ? null : Math.round(gapMs) })),
  };
}
