/** What goes over the paths now: a table as top has it, a line where nobody looks on, JSON for a program. Pure. */
import { inColumns } from '../../text/table.ts';
import type { Metered } from '../meter.ts';
import type { PathState } from '../state.ts';
import type { PathEvent } from '../timeline.ts';
import { bar, bitrateText, lostText, msText } from './amounts.ts';

/** A path, in the time since it was looked at before. */
interface TickPath {
  readonly name: string;
  readonly is: PathState['is'];
  /** Bits per second. */
  readonly down: number;
  readonly up: number;
  readonly packets: number;
  readonly dropped: number;
  /** `undefined`: nothing came that TCP could measure. */
  readonly rttMs: number | undefined;
  /** Segments that the peer sent again. */
  readonly again: number;
  /** There at its end. */
  readonly subflows: number;
}

export interface Tick {
  readonly vm: string;
  /** Since the first look; s. */
  readonly seconds: number;
  readonly paths: readonly TickPath[];
  /** What was changed since the look before. */
  readonly events: readonly PathEvent[];
}

/** @param ms between the two */
export function tickPaths(before: readonly Metered[], now: readonly Metered[], ms: number, states: readonly PathState[]): TickPath[] {
  return now.map((path, i) => {
    const old = before[i] ?? path;
    const rate = (to: number, from: number) => Math.max(0, Math.round((to - from) * 8000 / Math.max(1, ms)));
    const moved = path.payload.down + path.payload.up > old.payload.down + old.payload.up;
    return {
      name: path.name, is: states.find(({ name }) => name === path.name)?.is ?? 'up', subflows: path.subflows.now, again: path.again - old.again,
      down: rate(path.down.bytes, old.down.bytes), up: rate(path.up.bytes, old.up.bytes),
      packets: path.down.packets + path.up.packets - old.down.packets - old.up.packets, dropped: path.down.dropped + path.up.dropped - old.down.dropped - old.up.dropped,
      rttMs: moved ? path.rtt?.lastMs : undefined,
    };
  });
}

/** Wider ones say no more. */
const widestBar = 40;

/**
 * Lines of at most so many columns: what is left over is the bars', and where it
 * is not enough columns are left out from the right.
 *
 * @param most what a whole bar is; bits per second
 */
export function tickTable({ vm, seconds, paths }: Tick, { columns, most, events }: { readonly columns: number; readonly most: number; readonly events: readonly PathEvent[] }): string[] {
  // As wide as it may get, or the table would move.
  const rateColumn = '99.9 Mbit/s'.length;
  const rows = [
    ['PATH', 'IS', 'DOWN'.padStart(rateColumn), '', 'UP'.padStart(rateColumn), '', ' LOST', '   RTT', 'SUBFLOWS', 'AGAIN'],
    ...paths.map((path) => [
      path.name, path.is, bitrateText(path.down), '', bitrateText(path.up), '', lostText(path), path.rttMs === undefined ? '-' : msText(path.rttMs), String(path.subflows), String(path.again),
    ]),
  ];
  const shown = rows.map((row) => [...row]);
  const width = () => Math.max(...inColumns(shown, [2, 4, 6, 7, 8, 9]).map((line) => line.length));
  while ((shown[0]?.length ?? 0) > 5 && width() > columns) for (const row of shown) row.pop();
  const each = Math.min(widestBar, Math.floor((columns - width()) / 2));
  paths.forEach((path, i) => {
    const row = shown[i + 1];
    if (row === undefined || each < 3) return;
    row[3] = bar(path.down / Math.max(1, most), each).padEnd(each);
    if (row.length > 5) row[5] = bar(path.up / Math.max(1, most), each).padEnd(each);
  });
  return [
    `${vm}, ${seconds} s`, '', ...inColumns(shown, [2, 4, 6, 7, 8, 9]),
    ...(events.length === 0 ? [] : ['', ...events.map(({ text, atMs }) => `${new Date(atMs).toTimeString().slice(0, 8)}  ${text}`)]),
  ].map((line) => line.slice(0, columns).trimEnd());
}

/** `3 s: wifi 14.2 Mbit/s down, 0.3 Mbit/s up, 29 ms; lte cut`. */
export function tickLine({ seconds, paths, events }: Tick): string {
  const one = ({ name, is, down, up, rttMs, packets, dropped }: TickPath) => `${name} ${[
    ...(is === 'up' ? [] : [is]), `${bitrateText(down)} down`, `${bitrateText(up)} up`, ...(rttMs === undefined ? [] : [msText(rttMs)]), ...(dropped === 0 ? [] : [`${lostText({ packets, dropped })} lost`]),
  ].join(', ')}`;
  return [`${seconds} s: ${paths.map(one).join('; ')}`, ...events.map(({ text }) => text)].join('; ');
}

export const tickJson = ({ vm, seconds, paths, events }: Tick): string => JSON.stringify({ vm, seconds, paths, events: events.map(({ atMs, text }) => ({ atMs, text })) });
