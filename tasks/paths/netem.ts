/** A direction of a path as tc-netem(8)'s arguments. Pure. */
import type { Link } from './link.ts';

/** An Ethernet frame that is full. */
export const frameBytes = 1514;
const frameBits = frameBytes * 8;
/** What the two machines are taken to reach where a path has no rate; bits per second. */
const fastest = 1e9;
/** What waits before the bottleneck where a path does not say; ms. */
const queueMs = 100;
/** Fewer packets than these would be lost by a window's first bursts, however slow the path. */
const leastQueue = 20;

const percent = (part: number) => `${Number((part * 100).toPrecision(8))}%`;
const microseconds = (ms: number) => `${Math.round(ms * 1000)}us`;

/**
 * Everything in one queue: it holds what waits for the bottleneck, and what is
 * on its way.
 */
export function limitOf(link: Link): number {
  const onTheWay = (link.rate ?? fastest) * (link.delay + 3 * link.jitter) / 1000 / frameBits;
  const waits = link.queue ?? Math.max(leastQueue, (link.rate ?? fastest) * queueMs / 1000 / frameBits);
  return Math.ceil(onTheWay + waits);
}

/** Nothing happens to its packets: then it does not matter how many come as one. */
export const isPlain = ({ rate, delay, loss, duplicate, reorder, queue, trace }: Link): boolean => rate === undefined && trace === undefined && queue === undefined && delay === 0 && loss === 0 && duplicate === 0 && reorder === 0;

/** `tc qdisc replace dev DEV root netem …` */
export function netemArguments(link: Link): string[] {
  const { delay, jitter, distribution, loss, burst, duplicate, reorder, seed } = link;
  // One that changes has a queue of its own, after this.
  const rate = link.trace === undefined ? link.rate : undefined;
  // Of Gilbert and Elliott's two states the bad one loses all: it is left after `burst` packets, and entered as often as the loss asks for.
  const leave = 1 / burst;
  const enter = leave * loss / (1 - loss);
  return [
    'netem', 'limit', String(limitOf(link)),
    ...(delay === 0 ? [] : ['delay', microseconds(delay), ...(jitter === 0 ? [] : [microseconds(jitter), ...(distribution === 'uniform' ? [] : ['distribution', distribution])])]),
    ...(loss === 0 ? [] : burst === 1 || loss === 1 ? ['loss', percent(loss)] : ['loss', 'gemodel', percent(enter), percent(leave)]),
    ...(duplicate === 0 ? [] : ['duplicate', percent(duplicate)]),
    ...(reorder === 0 ? [] : ['reorder', percent(reorder)]),
    ...(seed === undefined ? [] : ['seed', String(seed)]),
    // Always: a rate that is left out stays as it was.
    'rate', `${Math.round(rate ?? 0)}bit`,
  ];
}
