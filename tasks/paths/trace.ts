/**
 * Traces of a link's rate as mahimahi has them (mm-link(1)): a line for each
 * packet of 1500 bytes that it could have delivered, with the time in ms since
 * the start; from the last one on the trace begins again. Pure.
 */
import type { Parsed } from '../text/values.ts';
import { frameBytes } from './netem.ts';

export interface Trace {
  /** When a packet could go; ms, ascending. */
  readonly times: readonly number[];
  /** It lasts so long; ms. */
  readonly periodMs: number;
}

/** The rate is set anew so often. ms. */
export const traceStepMs = 100;

/** @returns or what is wrong, with the number of its line */
export function parseTrace(text: string): Parsed<Trace> {
  const times: number[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const time = Number(line);
    if (!/^\s*\d+\s*$/.test(line)) return { wrong: `line ${i + 1}: '${line.trim().slice(0, 40)}': expected a time in whole ms` };
    if (time < (times.at(-1) ?? 0)) return { wrong: `line ${i + 1}: ${time} is before the line above, ${times.at(-1)}` };
    times.push(time);
  }
  const periodMs = times.at(-1) ?? 0;
  return periodMs === 0 ? { wrong: 'expected times of packets in ms, one on each line, the last one more than 0' } : { value: { times, periodMs } };
}

/** Bits per second, on average. */
export const meanRate = ({ times, periodMs }: Trace): number => Math.round(times.length * frameBytes * 8000 / periodMs);

/** How many packets can go from one time to another; ms since the start. */
export const packetsIn = (trace: Trace, fromMs: number, toMs: number): number => packetsBefore(trace, toMs) - packetsBefore(trace, fromMs);

function packetsBefore({ times, periodMs }: Trace, ms: number): number {
  const rounds = Math.floor(ms / periodMs);
  // Those of its last ms go with the round that they end.
  const within = ms - rounds * periodMs;
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < within) low = middle + 1;
    else high = middle;
  }
  return rounds * times.length + low;
}

/** A bucket's part of what goes in a step, and two frames at least: with less, a timer that is late costs rate, and an emulated one is late by some ms. */
const bucketPart = 0.2;
const leastFrames = 2;
/** tbf has no rate of 0. bits per second. */
const leastRate = 8000;

/**
 * As for `tc -batch`: the queue after netem's, with the rate of one step. tbf's
 * bucket is full again with each such line, so that the rest alone is the rate: it
 * has to come with each step.
 *
 * @param limit packets that it holds
 */
export function rateLine(device: string, packets: number, limit: number): string {
  const burst = Math.max(leastFrames, Math.ceil(packets * bucketPart)) * frameBytes;
  const rate = Math.max(leastRate, Math.round((packets * frameBytes - burst) * 8000 / traceStepMs));
  return `qdisc replace dev ${device} parent 1: tbf rate ${rate}bit burst ${burst} limit ${limit * frameBytes}`;
}
