/** What went over which path, by the counters of the peer's queues; and what Multipath TCP made of it, by its kernel's. Pure. */
import { inColumns } from '../text/table.ts';
import { upOf, type WireEnds } from './peer-script.ts';

interface Direction {
  readonly bytes: number;
  readonly packets: number;
  readonly dropped: number;
}

export interface Carried {
  readonly name: string;
  readonly down: Direction;
  readonly up: Direction;
}

export interface MptcpCounters {
  readonly connections: number;
  /** Subflows beside a connection's first. */
  readonly joined: number;
  /** Connections that became TCP. */
  readonly fallbacks: number;
  /** Segments that the peer sent again. */
  readonly again: number;
}

/** @param json of `tc -s -j qdisc show`; `undefined`: it is none */
export function parseCarried(json: string, paths: readonly WireEnds[]): Carried[] | undefined {
  let found: { dev?: string; kind?: string; bytes?: number; packets?: number; drops?: number }[];
  try {
    found = JSON.parse(json) as typeof found;
  } catch {
    return undefined;
  }
  const of = (dev: string): Direction => {
    const one = found.find((entry) => entry.dev === dev && entry.kind === 'netem');
    return { bytes: one?.bytes ?? 0, packets: one?.packets ?? 0, dropped: one?.drops ?? 0 };
  };
  return paths.map(({ name, place }) => ({ name, down: of(name), up: of(upOf(place)) }));
}

/** @param text /proc/net/netstat and /proc/net/snmp, which name their columns; `undefined`: this kernel does not count Multipath TCP */
export function parseMptcp(text: string): MptcpCounters | undefined {
  const values = new Map<string, number>();
  const lines = text.split('\n');
  for (const [i, line] of lines.entries()) {
    const [kind = '', ...names] = line.split(' ');
    const [same, ...numbers] = (lines[i + 1] ?? '').split(' ');
    if (kind === same && !/\d/.test(names[0] ?? '0')) names.forEach((name, at) => values.set(`${kind}${name}`, Number(numbers[at])));
  }
  const sum = (...names: string[]) => names.reduce((all, name) => all + (values.get(`MPTcpExt:${name}`) ?? 0), 0);
  if (![...values.keys()].some((name) => name.startsWith('MPTcpExt:'))) return undefined;
  return { connections: sum('MPCapableSYNRX'), joined: sum('MPJoinAckRx'), fallbacks: sum('MPCapableFallbackACK', 'MPFallbackTokenInit'), again: values.get('Tcp:RetransSegs') ?? 0 };
}

/** `5.8 MB`: as network people count. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

const barWidth = 12;

function lostText({ packets, dropped }: Direction): string {
  return dropped === 0 ? '-' : `${(100 * dropped / (packets + dropped)).toFixed(1)}%`;
}

/** The table, a line each. Bars compare the paths, each direction by itself. */
export function carriedTable(paths: readonly Carried[]): string[] {
  const most = (of: 'down' | 'up') => Math.max(1, ...paths.map((path) => path[of].bytes));
  const bar = (bytes: number, all: number) => '█'.repeat(bytes === 0 ? 0 : Math.max(1, Math.round(barWidth * bytes / all)));
  return inColumns([
    ['PATH', 'DOWN', '', 'LOST', 'UP', '', 'LOST'],
    ...paths.map(({ name, down, up }) => [
      name, bytesText(down.bytes), bar(down.bytes, most('down')), lostText(down), bytesText(up.bytes), bar(up.bytes, most('up')), lostText(up),
    ]),
  ], [1, 3, 4, 6]);
}

/** `Multipath TCP: 1 connection, 1 subflow joined`; `undefined` where there was none. */
export function mptcpText({ connections, joined, fallbacks, again }: MptcpCounters): string | undefined {
  if (connections === 0) return undefined;
  const many = (count: number, one: string, several = `${one}s`) => `${count} ${count === 1 ? one : several}`;
  return `Multipath TCP: ${[
    many(connections, 'connection'), `${many(joined, 'subflow')} joined`,
    ...(fallbacks === 0 ? [] : [`${many(fallbacks, 'fallback')} to TCP`]),
    ...(again === 0 ? [] : [`${many(again, 'segment')} sent again by the peer`]),
  ].join(', ')}`;
}
