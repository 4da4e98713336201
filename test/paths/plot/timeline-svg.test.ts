/** The picture of what went over paths. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { timelineSvg } from '../../../tasks/paths/plot/timeline-svg.ts';
import type { Point } from '../../../tasks/paths/timeline.ts';

const points = (up: number): Point[] => Array.from({ length: 50 }, (_, i) => ({ atMs: 1000 + i * 100, down: [i * 90_000, Math.max(0, i - 20) * 50_000], up: [i * up, 0], payload: [], moved: 0 }));
const events = [{ atMs: 3000, path: 'wifi', text: 'cut wifi' }, { atMs: 4000, path: 'wifi', text: 'set wifi loss=1%' }];
const draw = (up: number) => timelineSvg({ beganMs: 1000, paths: ['wifi', 'lte'], points: points(up), events });

test('it names the paths, the changes and what the axes are; the size is the window\'s', () => {
  const svg = draw(0);
  for (const text of ['wifi', 'lte', 'cut wifi', 'set wifi loss=1%', 'down, Mbit/s']) assert.ok(svg.includes(`>${text}</text>`), text);
  assert.match(svg, /^<svg xmlns="[^"]+"[^>]* viewBox="0 0 1000 520">/);
  assert.not.match(svg, /NaN|undefined/);
});

test('acknowledgements alone are no direction; an upload is one', () => {
  assert.not.match(draw(1000), 'up, Mbit/s');
  assert.match(draw(80_000), 'up, Mbit/s');
});

test('dark where what shows it is dark', () => {
  const svg = draw(0);
  const [, style = ''] = /<style>@media \(prefers-color-scheme: dark\){(.*?)}<\/style>/.exec(svg) ?? [];
  const inks = [...new Set([...svg.matchAll(/<text[^>]* fill="(#\w+)"/g)].map(([, ink]) => ink))];
  assert.ok(inks.length > 0);
  for (const ink of inks) assert.ok(style.includes(`[fill="${ink}"]`), ink);
});

test.run();
