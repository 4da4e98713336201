/** The report in a real browser: that it can be read and used, without a script, and fetches nothing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { page, type PageRun, type PageTest } from '../../../tasks/checks/report/page.ts';
import { Browser, browserPath } from './browser.ts';
import { testIf } from '../../support/skip-unless.ts';

const path = browserPath();
const it = testIf(path !== undefined, test);

let dir: string;
test.before(() => { dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after(() => rmSync(dir, { recursive: true }));

const evil = '</pre></section></div><script>document.title = "ran"</script><img src="http://127.0.0.1:9/x" onerror="document.title=\'ran\'"><style>*{display:none}</style> \u202e';
const one = (id: string, verdict: PageTest['verdict']): PageTest => ({
  id, verdict, tookMs: 1234, cases: {}, why: verdict === 'passed' ? undefined : evil, output: { text: `${id}\n${evil}\n${'a line\n'.repeat(100)}`, left: 0, path: '/x' },
  ...(verdict === 'failed' ? { splats: { text: 'WARNING in f', left: 0, path: '/x' } } : {}),
} as PageTest);
const run = (i: number, tests: readonly PageTest[]): PageRun => ({
  startedMs: Date.UTC(2026, 10, 26, 15, i), kernel: `/vmlinux ${i} 1`, tests,
  source: { tree: '/linux', head: 'abc a commit', diff: { text: `+in run ${i}\n`, left: 0, path: '/x' } },
});

/** Opens a page of so many runs and tests, and does something with it. */
async function withPage(runs: number, tests: number, size: { width: number; height: number; dark?: boolean }, use: (browser: Browser) => Promise<void>): Promise<void> {
  const file = join(dir, 'report.html');
  writeFileSync(file, page(Array.from({ length: runs }, (_, i) => run(i, Array.from({ length: tests }, (__, t) => one(`net/mptcp:test_${t}.sh`, t % 2 === 0 && (i + t) % 3 === 0 ? 'failed' : 'passed')))), Date.UTC(2026, 10, 26, 16)));
  const browser = await Browser.start(path ?? '', size);
  try {
    const fetched: string[] = [];
    const complaints: string[] = [];
    browser.on('Network.requestWillBeSent', ({ request }) => fetched.push((request as { url: string }).url));
    browser.on('Log.entryAdded', ({ entry }) => complaints.push((entry as { text: string }).text));
    const url = pathToFileURL(file).href;
    await browser.open(url);
    await use(browser);
    assert.equal([[...new Set(fetched.map((one) => one.replace(/#.*/, '')))], complaints], [[url], []]);
  } finally {
    await browser.end();
  }
}

const shownCards = "[...document.querySelectorAll('.card')].filter((e) => e.checkVisibility()).map((e) => e.querySelector('h2').textContent)";
const shownTexts = "[...document.querySelectorAll('pre')].filter((e) => e.checkVisibility()).map((e) => e.textContent)";

it('a cell opens its output, what the kernel complained of, and the source it ran on; nothing of a text is markup', async () => {
  await withPage(3, 5, { width: 1280, height: 800 }, async (browser) => {
    assert.equal(await browser.value(shownCards), []);
    await browser.click('a[href="#r1t2"]');
    assert.equal(await browser.value(shownCards), ['net/mptcp:test_2.sh']);
    const texts = await browser.value<string[]>(shownTexts);
    assert.is(texts.length, 3);
    assert.equal([texts[0], texts[1]?.startsWith(`net/mptcp:test_2.sh\n${evil.replace('\u202e', '⟨U+202E⟩')}\na line\n`), texts[2]], ['WARNING in f', true, '+in run 1\n']);
    // The grid is beside it: another cell takes its place.
    await browser.click('a[href="#r0t1"]');
    assert.equal(await browser.value(shownCards), ['net/mptcp:test_1.sh']);
    await browser.click('#r0t1 nav a[href="#r1t1"]');
    await browser.click('#r1t1 nav a[href="#-"]');
    assert.equal(await browser.value(shownCards), []);
    assert.is(await browser.value('document.title'), 'kloop check: 1 failing of 5');
    assert.is(await browser.value("document.querySelectorAll('script, img, table ~ style').length"), 0);
  });
});

it('light and dark: what is written can be told from what it is written on', async () => {
  for (const dark of [false, true]) {
    await withPage(2, 3, { width: 1280, height: 800, dark }, async (browser) => {
      // WCAG's contrast, for each kind of cell and for plain text.
      const contrasts = await browser.value<number[]>(`(() => {
        const parts = (c) => c.match(/[\\d.]+/g).slice(0, 3).map(Number);
        const light = (c) => { const [r, g, b] = parts(c).map((v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
        return [document.body, ...document.querySelectorAll('.key b')].map((e) => { const s = getComputedStyle(e); const [a, b] = [light(s.color), light(s.backgroundColor)]; return (Math.max(a, b) + .05) / (Math.min(a, b) + .05); });
      })()`);
      assert.is(contrasts.length, 6);
      assert.equal(contrasts.filter((contrast) => contrast < 4.5), []);
      const [body] = await browser.value<string[]>("[getComputedStyle(document.body).backgroundColor]");
      assert.is(body === 'rgb(255, 255, 255)', !dark);
    });
  }
});

it('fifty runs of three hundred tests: names and days stay in sight, the box for failures hides the others', async () => {
  await withPage(50, 300, { width: 1600, height: 900 }, async (browser) => {
    await browser.value('scrollTo(200, 3000)');
    const [name, day] = await browser.value<number[]>("[document.elementFromPoint(40, 450).closest('th')?.getBoundingClientRect().left, document.elementFromPoint(900, 20).closest('th')?.getBoundingClientRect().top]");
    assert.equal([name, day], [0, 0]);
    await browser.value('scrollTo(0, 0)');
    const before = await browser.value<number>("[...document.querySelectorAll('tbody tr')].filter((e) => e.checkVisibility()).length");
    await browser.click('#bad');
    const after = await browser.value<number>("[...document.querySelectorAll('tbody tr')].filter((e) => e.checkVisibility()).length");
    // Each other test has failed in some run; the rows that say how many there are stay.
    assert.equal([before, after], [302, 152]);
  });
});

test.run();
