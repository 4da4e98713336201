/** What went over which path, by the counters of the peer's queues; and what Multipath TCP made of it, by its kernel's. Pure. */
import type { QueueCount, Sample } from './sample.ts';
import { upOf, type WireEnds } from './peer-script.ts';

export type Direction = QueueCount;

export interface Carried {
  readonly name: string;
  readonly down: Direction;
  readonly up: Direction;
}

export interface MptcpCounters {
  readonly connections: number;
  /** Subflows beside a connection's first. */
  readonly joined: number;
  /** Connections that the peer accepted, subflows among them. */
  readonly accepted: number;
  /** Connections that became TCP. */
  readonly fallbacks: number;
  /** Segments that the peer sent again. */
  readonly again: number;
}

export function carriedOf({ queues }: Pick<Sample, 'queues'>, paths: readonly WireEnds[]): Carried[] {
  const of = (device: string): Direction => queues.get(device) ?? { bytes: 0, packets: 0, dropped: 0 };
  return paths.map(({ name, place }) => ({ name, down: of(name), up: of(upOf(place)) }));
}

/** @param text /proc/net/netstat and /proc/net/snmp, which name their columns; out of tree also /proc/net/mptcp_net/snmp, a name and a number a line; `undefined`: this kernel does not count Multipath TCP */
export function parseMptcp(text: string): MptcpCounters | undefined {
  const values = new Map<string, number>();
  const lines = text.split('\n');
  for (const [i, line] of lines.entries()) {
    const [kind = '', ...names] = line.split(' ');
    const [same, ...numbers] = (lines[i + 1] ?? '').split(' ');
    const [, name, number] = /^(MP\w+)\s+(\d+)$/.exec(line) ?? [];
    if (name !== undefined) values.set(`MPTcpExt:${name}`, Number(number));
    if (kind === same && !/\d/.test(names[0] ?? '0')) names.forEach((name, at) => values.set(`${kind}${name}`, Number(numbers[at])));
  }
  const sum = (...names: string[]) => names.reduce((all, name) => all + (values.get(`MPTcpExt:${name}`) ?? 0), 0);
  if (![...values.keys()].some((name) => name.startsWith('MPTcpExt:'))) return undefined;
  return { connections: sum('MPCapableSYNRX'), joined: sum('MPJoinAckRx'), accepted: values.get('Tcp:PassiveOpens') ?? 0, fallbacks: sum('MPCapableFallbackACK', 'MPFallbackTokenInit'), again: values.get('Tcp:RetransSegs') ?? 0 };
}
