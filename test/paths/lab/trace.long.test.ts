/** A path's rate follows a trace, again and again; how much it carries is measured in the guest. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop } from '../../support/kloop.ts';
import { kernel, labPlace } from './lab-place.ts';

const { dir, env } = labPlace(test);
/** What iperf3's packets carry, and what is in a frame besides; bytes. */
const [payload, headers] = [1400, 42];

test('a second with 6 Mbit/s, a second with nothing', async () => {
  // 2 packets each 4 ms, and the last one at the end of the second second.
  const times = Array.from({ length: 250 }, (_, i) => [4 * i, 4 * i]).flat();
  writeFileSync(join(dir, 'on-off.trace'), `${[...times, 2000].join('\n')}\n`);
  // By UDP, which sends on whatever comes: TCP has to begin again after a second of nothing.
  const ended = await kloop(['vm', '--kernel', kernel, '--path', 'sym:down-trace=on-off.trace', '--timeout', '100s', '--', 'iperf3', '-u', '-R', '-c', 'peer-sym', '-l', String(payload), '-b', '8M', '-t', '18', '-i', '0.2', '-f', 'k'], { cwd: dir, env });
  assert.is(ended.status, 0, `${ended.stdout}\n${ended.stderr}`);
  const intervals = [...ended.stdout.matchAll(/ ([\d.]+)-([\d.]+) +sec .* ([\d.]+) Kbits\/sec/g)].map(([, from, to, rate]) => ({ from: Number(from), to: Number(to), mbits: Number(rate) / 1000 * (payload + headers) / payload }));
  // Seven whole rounds, from when the queue is full on.
  const seen = intervals.filter(({ from, to }) => from >= 1.99 && to <= 16.01 && to - from < 1);
  const shown = seen.map(({ mbits }) => mbits.toFixed(1)).join(' ');
  console.log(`# ${shown}`);
  assert.ok(seen.length > 40, ended.stdout);
  const mean = seen.reduce((sum, { from, to, mbits }) => sum + mbits * (to - from), 0) / seen.reduce((sum, { from, to }) => sum + to - from, 0);
  const part = (is: (rate: number) => boolean) => seen.filter(({ mbits }) => is(mbits)).length / seen.length;
  assert.ok(Math.abs(mean / 3 - 1) < 0.1, `${mean} Mbit/s of 3: ${shown}`);
  // Half of the time each, but an interval may fall upon both.
  assert.ok(part((rate) => rate < 0.6) > 0.3, shown);
  assert.ok(part((rate) => rate > 4.5) > 0.3, shown);
});

test.run();
