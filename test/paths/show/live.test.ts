/** What goes over the paths now. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Metered } from '../../../tasks/paths/meter.ts';
import { tickJson, tickLine, tickPaths, tickTable, type Tick } from '../../../tasks/paths/show/live.ts';
import { plainProfile } from '../../../tasks/paths/link.ts';

const metered = (name: string, down: number, up: number, more: Partial<Metered> = {}): Metered => ({
  name, down: { bytes: down, packets: down / 1000, dropped: 0 }, up: { bytes: up, packets: up / 1000, dropped: 0 }, payload: { down, up: 0 },
  goodput: 0, rtt: { meanMs: 20, leastMs: 10, lastMs: 30 }, again: 5, subflows: { now: 1, ever: 3 }, ...more,
});
const before = [metered('wifi-crowded', 0, 0), metered('lte', 1000, 1000)];
const now = [metered('wifi-crowded', 2_000_000, 50_000, { again: 7, down: { bytes: 2_000_000, packets: 1940, dropped: 10 } }), metered('lte', 1000, 1000)];
const states = [{ name: 'wifi-crowded', place: 0, nic: 0, profile: plainProfile, is: 'up' as const }, { name: 'lte', place: 1, nic: 1, profile: plainProfile, is: 'blackhole' as const }];
const tick: Tick = { vm: 'vm', seconds: 3, paths: tickPaths(before, now, 2000, states), events: [] };

test('what came between two looks', () => {
  assert.equal(tick.paths, [
    { name: 'wifi-crowded', is: 'up', down: 8_000_000, up: 200_000, packets: 1990, dropped: 10, rttMs: 30, again: 2, subflows: 1 },
    { name: 'lte', is: 'blackhole', down: 0, up: 0, packets: 0, dropped: 0, rttMs: undefined, again: 0, subflows: 1 },
  ]);
});

test('a table of the width that there is', () => {
  const events = [{ atMs: new Date(2026, 0, 2, 3, 4, 5).getTime(), path: 'lte', text: 'blackhole lte' }];
  const wide = tickTable(tick, { columns: 120, most: 8_000_000, events });
  assert.equal(wide.slice(0, 2), ['vm, 3 s', '']);
  assert.ok(wide.every((line) => line.length <= 120));
  assert.match(wide[3] ?? '', /^wifi-crowded {2}up +8\.0 Mbit\/s {2}█{10,} +200 kbit\/s +▎? ?.* 0\.5% +30 ms +1 +2$/);
  assert.match(wide[4] ?? '', /^lte +blackhole +0 bit\/s +0 bit\/s +- +- +1 +0$/);
  assert.is(wide.at(-1), '03:04:05  blackhole lte');
  const at = (line: string | undefined, text: string) => (line ?? '').indexOf(text) + text.length;
  assert.is(at(wide[2], 'DOWN'), at(wide[3], '8.0 Mbit/s'));
  for (const columns of [79, 60, 40, 20]) assert.ok(tickTable(tick, { columns, most: 1, events }).every((line) => line.length <= columns), String(columns));
  assert.match(tickTable(tick, { columns: 79, most: 1, events })[2] ?? '', /DOWN +UP .*LOST/);
});

test('a line; JSON', () => {
  assert.is(tickLine(tick), '3 s: wifi-crowded 8.0 Mbit/s down, 200 kbit/s up, 30 ms, 0.5% lost; lte blackhole, 0 bit/s down, 0 bit/s up');
  assert.equal((JSON.parse(tickJson(tick)) as Tick).paths[0]?.down, 8_000_000);
});

test.run();
