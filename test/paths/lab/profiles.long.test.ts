/**
 * Each shipped profile, measured in the guests, each direction by itself: its rate
 * within 5 % where this host carries so much, its delay within 10 % or 2 ms beside
 * that of a path which nothing shapes, its loss within what chance allows. On a busy
 * host delays come out longer than they are. KLOOP_TEST_PROFILES names some.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findProfile } from '../../../tasks/paths/find.ts';
import type { Link } from '../../../tasks/paths/link.ts';
import { isFailure } from '../../../tasks/report/failure.ts';
import { median } from '../../../tasks/bench/pairs.ts';
import { kloop } from '../../support/kloop.ts';
import { projectDir } from '../../support/project.ts';
import { kernel, labPlace } from './lab-place.ts';

const shipped = join(projectDir, 'config/paths');
const chosen = process.env['KLOOP_TEST_PROFILES']?.split(',') ?? readdirSync(shipped).map((file) => file.replace(/\.path$/, '')).sort();
const { dir, env } = labPlace(test);

/** Of iperf3's UDP: what is in a frame besides its payload; bytes. */
const headers = 42;
const [large, small] = [1400, 50];
/** So that a receiver that waits for a processor loses nothing: in both, for whom it is a setting of the whole machine. */
const roomy = 'sysctl -qw net.core.rmem_max=4194304 net.core.wmem_max=4194304';
/** Small packets, so many a second: an emulated guest sends them with ease. */
const perSecond = 1000;
/** So many are to be lost, that none would be too few: with four deviations, and in bursts. */
const lostAtLeast = 30;
const directions = [['down', '-R'], ['up', '']] as const;

/** What it says of each second where it receives: the first seconds of a link that is late, and the last one, are half empty. */
const flood = (name: string, direction: string, { rate = 0 }: Link, seconds = 10) => `
  iperf3 -u -c peer-${name} -l ${large} -b ${Math.round(rate * 1.2)} -t ${seconds} -i 1 -f k ${direction === '' ? '--get-server-output' : direction}`;
/** The server prints with a unit of its own choice. */
const receivedKbits = (said: string) => [...said.matchAll(/ ([\d.]+) ([KM])bits\/sec +[\d.]+ ms +\d+\/\d+ \([^)]*\) *$/gm)].map((match) => Number(match[1]) * (match[2] === 'M' ? 1000 : 1));
/** iperf3 counts what packets carry, and a link whole frames. */
const frameBits = (said: string) => median(receivedKbits(said)) * 1000 * (large + headers) / large;
function trickle(name: string, direction: string, link: Link): string {
  const packets = Math.min(perSecond, (link.rate ?? Infinity) / 2 / ((small + headers) * 8));
  const seconds = Math.min(60, Math.max(8, Math.ceil(lostAtLeast / (link.loss || 1) / packets)));
  return `
  iperf3 -u -w 2M -c peer-${name} -l ${small} -b ${Math.round(packets * small * 8)} -t ${seconds} ${direction} | sed -n 's|.* \\([0-9]*\\)/\\([0-9]*\\) (.*  receiver|lost \\1 \\2|p'`;
}
/** Of a jitter's deviation: three of those of the median of 150. */
const medianSpread = 0.3;
/** All at once: what a busy host adds is added to each. */
const trips = (names: readonly string[]) => `
  for name in ${names.join(' ')}; do ping -n -c 150 -i 0.1 peer-$name >/run/trips-$name & done; wait
  for name in ${names.join(' ')}; do echo trip-$name $(sed -n 's|.* time=\\([0-9.]*\\) ms|\\1|p' /run/trips-$name); done`;

/** A line of numbers for each step that the guest is asked for, by its first word. */
async function inGuest(paths: readonly string[], steps: readonly string[]): Promise<string[]> {
  const script = steps.map((step, i) => `echo step ${i}; ${step}`).join('\n');
  const ended = await kloop(['vm', '--kernel', kernel, '--mptcp', 'none', '--peer-command', `nsenter --net=/proc/1/ns/net ${roomy}`, ...paths.flatMap((path) => ['--path', path]), '--timeout', '300s', '--', 'bash', '-c', `: iperf3\n${roomy}\n${script}`], { cwd: dir, env });
  assert.is(ended.status, 0, ended.stderr);
  return ended.stdout.split(/^step \d+\n/m).slice(1);
}
const numbers = (said: string, word: string) => (new RegExp(`^${word} (.*)$`, 'm').exec(said)?.[1] ?? '').split(' ').map(Number);

for (const name of chosen) {
  const profile = findProfile(name, [shipped]);
  if (isFailure(profile)) throw new Error(profile.words.what);

  test(`${name}: rates and losses`, async () => {
    // What a busy sender makes up for comes at once: a queue that is full is not the link's loss. The third is as late, and as fast as this host is.
    const said = await inGuest([name, `${name}:queue=1000`, `${name}:rate=10gbit,loss=0%`], directions.flatMap(([way, option]) => [flood(name, option, profile[way]), trickle(`${name}2`, option, profile[way]), flood(`${name}3`, option, profile[way], 5)]));
    for (const [i, [way]] of directions.entries()) {
      const { rate = Infinity, loss, burst } = profile[way];
      const [measured, most] = [frameBits(said[3 * i] ?? ''), frameBits(said[3 * i + 2] ?? '')];
      if (most * (1 - loss) < rate * 1.05) console.log(`# ${name} ${way}: not measured, this host carries ${(most / 1e6).toFixed(0)} Mbit/s of ${rate / 1e6} at most`);
      else assert.ok(Math.abs(measured / rate - 1) < 0.05, `${way}: ${measured} bit/s of ${rate} (without a rate: ${most})\n${said[3 * i]}`);
      const [lost = Number.NaN, of = 0] = numbers(said[3 * i + 1] ?? '', 'lost');
      // Four deviations; losses in bursts vary as much more as they are long.
      const spread = 4 * Math.sqrt(of * loss * (1 - loss) * (2 * burst - 1));
      assert.ok(of > 100 && Math.abs(lost - of * loss) <= Math.max(spread, 2), `${way}: ${lost} of ${of} lost, ${of * loss} expected, ±${spread}`);
      console.log(`# ${name} ${way}: ${(measured / 1e6).toFixed(2)} Mbit/s of ${rate / 1e6}; ${lost} of ${of} lost, ${(of * loss).toFixed(1)} expected`);
    }
  });

  test(`${name}: delays`, async () => {
    const alone = { down: `${name}:up-delay=0ms,up-jitter=0ms,up-reorder=0%`, up: `${name}:down-delay=0ms,down-jitter=0ms,down-reorder=0%` };
    const plain = 'sym:rate=none,delay=0ms,jitter=0ms';
    const third = name === 'sym' ? 'sym3' : 'sym';
    const [said = ''] = await inGuest([alone.down, alone.up, plain], [trips([name, `${name}2`, third])]);
    const plainTrips = numbers(said, `trip-${third}`);
    for (const [path, way] of [[name, 'down'], [`${name}2`, 'up']] as const) {
      const { delay, jitter } = profile[way];
      const seen = numbers(said, `trip-${path}`);
      // What sends a ping's 98 bytes at these rates takes its time, too.
      const wire = [profile.down, profile.up].reduce((sum, { rate }) => sum + (rate === undefined ? 0 : 98 * 8000 / rate), 0);
      // The middle one: on a busy host some wait for a processor.
      const measured = jitter === 0 ? Math.min(...seen) - Math.min(...plainTrips) : median(seen) - median(plainTrips);
      assert.ok(Math.abs(measured - wire - delay) <= Math.max(2, delay / 10) + medianSpread * jitter, `${way}: ${measured - wire} ms of ${delay} (the plain path: ${median(plainTrips)} ms)`);
      console.log(`# ${name} ${way}: ${(measured - wire).toFixed(1)} ms of ${delay}`);
    }
  });
}

test.run();
