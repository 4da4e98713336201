/** What went over the paths, for a person, when the VM has ended. Pure. */
import { inColumns } from '../../text/table.ts';
import type { MptcpCounters } from '../carried.ts';
import type { Seen, SeenPath } from '../seen.ts';
import type { Handover } from '../timeline.ts';
import { bar, bitrateText, bytesText, lostText, msText } from './amounts.ts';

const barWidth = 8;

/** The table, a line each. Bars compare what all paths carried, both directions. */
export function seenTable(paths: readonly SeenPath[]): string[] {
  const all = ({ down, up }: SeenPath) => down.bytes + up.bytes;
  const most = Math.max(1, ...paths.map(all));
  return inColumns([
    ['PATH', 'DOWN', 'LOST', 'UP', 'LOST', '', 'GOODPUT', 'RTT', 'AGAIN', 'SUBFLOWS'],
    ...paths.map((path) => [
      path.name, bytesText(path.down.bytes), lostText(path.down), bytesText(path.up.bytes), lostText(path.up), bar(all(path) / most, barWidth),
      path.goodput === undefined || path.goodput === 0 ? '-' : bitrateText(path.goodput), path.rtt === undefined ? '-' : msText(path.rtt.meanMs),
      path.again === undefined ? '-' : String(path.again), path.subflows === undefined ? '-' : String(path.subflows.ever),
    ]),
  ], [1, 2, 3, 4, 6, 7, 8, 9]);
}

/** All of it, a message each. */
export function seenMessages({ beganMs, paths, mptcp, handovers }: Seen): string[] {
  const told = mptcp === undefined ? undefined : mptcpText(mptcp);
  return [
    `over the paths went\n${seenTable(paths).map((line) => `  ${line}`).join('\n')}`,
    ...(told === undefined ? [] : [told]),
    ...handovers.map((handover) => handoverText(handover, beganMs)),
  ];
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** `cut wifi at 3.1 s: no data for 0.3 s, then over lte`. */
export function handoverText({ event, to, gapMs }: Handover, beganMs: number): string {
  const when = `${event.text} at ${seconds(event.atMs - beganMs)}`;
  return gapMs === undefined ? `${when}: no data came any more` : `${when}: no data for ${seconds(gapMs)} at most${to.length === 0 ? '' : `, then over ${to.join(', ')}`}`;
}

/** `Multipath TCP: 1 connection, 1 subflow joined`; `undefined` where there were no connections at all. */
export function mptcpText({ connections, joined, accepted, fallbacks, again }: MptcpCounters): string | undefined {
  const many = (count: number, one: string, several = `${one}s`) => `${count} ${count === 1 ? one : several}`;
  if (connections === 0) return accepted === 0 ? undefined : `no Multipath TCP: ${many(accepted, 'connection')} of TCP`;
  return `Multipath TCP: ${[
    many(connections, 'connection'), `${many(joined, 'subflow')} joined`,
    ...(fallbacks === 0 ? [] : [`${many(fallbacks, 'fallback')} to TCP`]),
    ...(again === 0 ? [] : [`${many(again, 'segment')} sent again by the peer`]),
  ].join(', ')}`;
}
