/** What a path is like in each direction, and how that is written: `rate=12mbit`, `up-loss=1%`. Pure. */
import { nearest } from '../text/nearest.ts';
import type { Parsed } from '../text/values.ts';

/** How much a packet's delay differs from the mean: tc-netem(8)'s tables, or all values alike. */
export const distributions = ['uniform', 'normal', 'pareto', 'paretonormal'] as const;
type Distribution = (typeof distributions)[number];

/** One direction of a path. */
export interface Link {
  /** Bits per second; `undefined`: as fast as the two machines are. */
  readonly rate: number | undefined;
  /** One way; ms. A round trip has it twice. */
  readonly delay: number;
  /** The deviation of the delay; ms. Packets stay in order where there is a rate. */
  readonly jitter: number;
  readonly distribution: Distribution;
  /** The part of the packets that is lost; 0 to 1. */
  readonly loss: number;
  /** How many are lost in a row, on average (Gilbert and Elliott's model); 1: each by itself. */
  readonly burst: number;
  /** The part that arrives twice. */
  readonly duplicate: number;
  /** The part that overtakes others. */
  readonly reorder: number;
  /** Packets that wait before the bottleneck; `undefined`: as many as it sends in 100 ms. */
  readonly queue: number | undefined;
  /** A file that the rate follows over time (trace.ts), whatever `rate` is: that becomes its mean. */
  readonly trace: string | undefined;
  /** What chance begins from, so that it is the same again (Linux 6.6 and newer); `undefined`: each time another. */
  readonly seed: number | undefined;
}

/** A path's both directions: down is towards the VM. */
export interface Profile {
  readonly down: Link;
  readonly up: Link;
}

export const plainLink: Link = { rate: undefined, delay: 0, jitter: 0, distribution: 'uniform', loss: 0, burst: 1, duplicate: 0, reorder: 0, queue: undefined, trace: undefined, seed: undefined };
export const plainProfile: Profile = { down: plainLink, up: plainLink };

/** A number within limits, and its unit. */
function scaled(text: string, units: Readonly<Record<string, number>>, { least, most, wrong }: { least: number; most: number; wrong: string }): Parsed<number> {
  const match = /^(\d+(?:\.\d+)?)([a-z%]*)$/i.exec(text);
  const unit = units[match?.[2]?.toLowerCase() ?? ''];
  if (match === null || unit === undefined) return { wrong };
  const value = Number(match[1]) * unit;
  return value >= least && value <= most ? { value } : { wrong };
}

const rate = (text: string) => scaled(text, { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 }, { least: 1000, most: 100e9, wrong: 'expected a rate from 1kbit to 100gbit, such as 12mbit' });
const time = (text: string) => scaled(text, { us: 1e-3, ms: 1, s: 1000 }, { least: 0, most: 60_000, wrong: 'expected a time up to 60s, such as 35ms' });
const part = (text: string) => scaled(text, { '%': 0.01 }, { least: 0, most: 1, wrong: 'expected a part from 0% to 100%, such as 1.5%' });
const count = (most: number, of: string) => (text: string) => scaled(text, { '': 1 }, { least: 1, most, wrong: `expected a number of ${of} from 1 to ${most}` });
/** `none` takes a limit away. */
const orNone = (parse: (text: string) => Parsed<number>) => (text: string): Parsed<number | undefined> => (text === 'none' ? { value: undefined } : parse(text));
const whole = (parse: (text: string) => Parsed<number>) => orNone((text) => {
  const parsed = parse(text);
  return 'value' in parsed ? { value: Math.round(parsed.value) } : parsed;
});
const distribution = (text: string): Parsed<Distribution> => {
  const value = distributions.find((name) => name === text);
  return value === undefined ? { wrong: `expected one of ${distributions.join(', ')}` } : { value };
};

const parsers: { readonly [K in keyof Link]: (text: string) => Parsed<Link[K]> } = {
  rate: orNone(rate), delay: time, jitter: time, distribution, loss: part, burst: count(1000, 'packets'), duplicate: part, reorder: part,
  trace: (text) => (text === '' ? { wrong: 'expected the file of a trace, as mahimahi has them' } : { value: text }),
  queue: whole(count(1_000_000, 'packets')),
  seed: whole((text) => scaled(text, { '': 1 }, { least: 1, most: 1e9, wrong: 'expected a number from 1 to 1000000000' })),
};

const keys = Object.keys(parsers) as (keyof Link)[];
/** All that may be written before a `=`. */
export const changeKeys: readonly string[] = keys.flatMap((key) => [key, `up-${key}`, `down-${key}`]);

/** A profile with one thing changed: `delay=80ms`, `up-loss=1%`; without a direction, in both. */
function applied({ down, up }: Profile, change: string): Parsed<Profile> {
  const [, direction, key = '', text = ''] = /^(?:(up|down)-)?([^=]*)=(.*)$/.exec(change) ?? [];
  if (!Object.hasOwn(parsers, key)) return { wrong: unknownKey(change) };
  const parsed = parsers[key as keyof Link](text);
  if ('wrong' in parsed) return { wrong: `${change}: ${parsed.wrong}` };
  const made = { [key]: parsed.value };
  return { value: { down: direction === 'up' ? down : { ...down, ...made }, up: direction === 'down' ? up : { ...up, ...made } } };
}

/** A profile with some of it changed. */
export function changed(profile: Profile, changes: readonly string[]): Parsed<Profile> {
  let result = profile;
  for (const change of changes) {
    const one = applied(result, change);
    if ('wrong' in one) return one;
    result = one.value;
  }
  const wrong = contradiction(result.down) ?? contradiction(result.up);
  return wrong === undefined ? { value: result } : { wrong };
}

/**
 * A file of config/paths: a `key=value` on each line, `#` begins a comment.
 *
 * @returns or what is wrong, with the number of its line
 */
export function parseProfile(text: string): Parsed<Profile> {
  const changes = text.split('\n').map((line) => line.replace(/#.*/, '').replaceAll(/\s/g, ''));
  for (const [i, change] of changes.entries()) {
    const one = change === '' ? undefined : applied(plainProfile, change);
    if (one !== undefined && 'wrong' in one) return { wrong: `line ${i + 1}: ${one.wrong}` };
  }
  return changed(plainProfile, changes.filter((change) => change !== ''));
}

function unknownKey(change: string): string {
  const name = change.split('=')[0] ?? '';
  if (!change.includes('=')) return `'${change}': expected ${changeKeys.includes(change) ? `${change}=VALUE` : 'KEY=VALUE'}`;
  const meant = nearest(name, changeKeys);
  return `'${name}': a path has ${keys.join(', ')}, each also as up-… and down-…${meant === undefined ? '' : `. Did you mean ${meant}?`}`;
}

function contradiction(link: Link): string | undefined {
  if (link.jitter > link.delay) return `a jitter of ${link.jitter}ms is more than the delay of ${link.delay}ms`;
  if (link.reorder > 0 && link.delay === 0) return 'reorder needs a delay: packets overtake those that are delayed';
  // From good to bad in one step of the model: it cannot lose more and still have bursts so short.
  if (link.burst > 1 && link.loss > link.burst / (link.burst + 1)) return `with bursts of ${link.burst} packets at most ${Math.floor(100 * link.burst / (link.burst + 1))}% can be lost`;
  return undefined;
}

const number = (value: number) => String(Number(value.toPrecision(6)));

/** `12mbit`. */
export function rateText(bits: number): string {
  const [unit, size] = bits >= 1e9 ? ['gbit', 1e9] as const : bits >= 1e6 ? ['mbit', 1e6] as const : bits >= 1e3 ? ['kbit', 1e3] as const : ['bit', 1] as const;
  return `${number(bits / size)}${unit}`;
}

/** A direction as a person reads it: `12mbit, 35ms ±5ms, loss 1%`. */
export function linkText(link: Link): string {
  const percent = (value: number) => `${number(value * 100)}%`;
  const told = [
    link.rate === undefined ? '' : rateText(link.rate), link.trace === undefined ? '' : `by ${link.trace}`,
    link.delay === 0 ? '' : `${number(link.delay)}ms${link.jitter === 0 ? '' : ` ±${number(link.jitter)}ms`}`,
    link.loss === 0 ? '' : `loss ${percent(link.loss)}${link.burst === 1 ? '' : ` in bursts of ${number(link.burst)}`}`,
    link.duplicate === 0 ? '' : `duplicate ${percent(link.duplicate)}`,
    link.reorder === 0 ? '' : `reorder ${percent(link.reorder)}`,
    link.queue === undefined ? '' : `queue ${link.queue}`,
    link.seed === undefined ? '' : `seed ${link.seed}`,
  ].filter((text) => text !== '');
  return told.length === 0 ? 'unshaped' : told.join(', ');
}

/** Both directions; once, where they are alike. */
export function profileText({ down, up }: Profile): string {
  const [one, other] = [linkText(down), linkText(up)];
  return one === other ? one : `down ${one}; up ${other}`;
}
