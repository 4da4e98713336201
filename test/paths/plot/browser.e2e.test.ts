/** The picture in a real browser: all its words can be read, in the file itself and in the page. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { writePlot } from '../../../tasks/paths/plot/write.ts';
import { Browser, browserPath } from '../../checks/report/browser.ts';
import { testIf } from '../../support/skip-unless.ts';

const path = browserPath();

interface Word {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

testIf(path !== undefined, test)('no word of it covers another or is cut off', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  const browser = await Browser.start(path ?? '', { width: 1000, height: 900 });
  try {
    const paths = ['wifi-crowded', 'lte-edge', 'satellite', 'delayed'];
    const totals = (i: number) => paths.map((_, place) => i * (place + 1) * 20_000);
    const changes = [[0.1, 'set wifi-crowded rate=20mbit delay=10ms'], [4.1, 'cut lte-edge'], [4.2, 'set satellite delay=120ms up-loss=2%'], [4.3, 'fix lte-edge'], [9.9, 'set satellite delay=120ms up-loss=2%']] as const;
    const timeline = {
      beganMs: 1000, paths,
      points: Array.from({ length: 100 }, (_, i) => ({ atMs: 1000 + i * 100, down: totals(i), up: totals(i), payload: [], moved: 0 })),
      events: changes.map(([seconds, text]) => ({ atMs: 1000 + seconds * 1000, path: '', text })),
    };
    for (const name of ['plot.svg', 'plot.html']) {
      writePlot(join(dir, name), timeline, ['what the terminal shows']);
      await browser.open(`file://${join(dir, name)}`);
      const words = await browser.value<Word[]>(`[...document.querySelectorAll('text')].map((one) => { const { left, right, top, bottom } = one.getBoundingClientRect(); return { text: one.textContent, left, right, top, bottom }; })`);
      for (const [, text] of changes) assert.ok(words.some((word) => word.text === text), `${name}: ${text}`);
      assert.equal(words.filter(({ left, right, top, bottom }) => left < 0 || right > 1000 || top < 0 || bottom > 900), [], name);
      // Lines of text stand close to each other: a pixel is theirs.
      const covers = (a: Word, b: Word) => a.left < b.right && b.left < a.right && a.top + 1 < b.bottom && b.top + 1 < a.bottom;
      assert.equal(words.flatMap((word, i) => words.slice(i + 1).filter((other) => covers(word, other)).map((other) => [word.text, other.text])), [], name);
    }
  } finally {
    await browser.end();
    rmSync(dir, { recursive: true });
  }
});

test.run();
