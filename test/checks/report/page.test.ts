import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { page, type PageRun, type PageTest } from '../../../tasks/checks/report/page.ts';

const at = Date.UTC(2026, 10, 26, 15, 0);
const one = (id: string, verdict: PageTest['verdict'], more: Partial<PageTest> = {}): PageTest => ({ id, verdict, tookMs: 1500, cases: {}, ...more });
const run = (minute: number, tests: readonly PageTest[], more: Partial<PageRun> = {}): PageRun => ({ startedMs: at + minute * 60_000, kernel: `/k/vmlinux ${at} 100`, tests, ...more });
const excerpt = (text: string, left = 0) => ({ text, left, path: '/runs/1.log' });
/** Rows of the grid: a test's name, and its cells' marks. */
const rows = (html: string) => [...html.matchAll(/<th scope="row"[^>]*>(.*?)<\/th><td class="sum">(.*?)<\/td>(.*?)<\/tr>/g)]
  .map(([, name, sum, cells = '']) => [name, sum, [...cells.matchAll(/<td[^>]*>(?:<a [^>]*>(.*?)<\/a>)?<\/td>/g)].map((cell) => cell[1] ?? '')]);

test('a grid of tests by runs, the newest first; what failed when it was run last comes first', () => {
  const html = page([
    run(0, [one('a', 'passed'), one('b', 'passed'), one('c', 'failed')]),
    run(1, [one('a', 'passed'), one('b', 'lost')]),
    run(2, [one('a', 'skipped')]),
  ], at);
  assert.equal(rows(html), [['b', '1 of 2', ['', 'L', '✓']], ['c', '0 of 1', ['', '', '✗']], ['a', '2 of 2', ['–', '✓', '✓']]]);
  assert.match(html, 'Failing when last run: 2');
  assert.equal([...html.matchAll(/<th scope="col" class="day[^"]*"><a href="#r\d+">(.*?)<\/a>/g)].map((match) => match[1]), ['11-26 15:02', '11-26 15:01', '11-26 15:00']);
});

test("each cell's link leads to a card that is there; each card's way on, too", () => {
  const html = page(Array.from({ length: 4 }, (_, i) => run(i, [one('a', 'failed'), ...(i % 2 === 0 ? [one('b', 'passed')] : [])])), at);
  const ids = new Set([...html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]));
  const links = [...html.matchAll(/href="#([^"]*)"/g)].map((match) => match[1] ?? '').filter((link) => link !== '-');
  assert.ok(links.length > 20);
  assert.equal(links.filter((link) => !ids.has(link)), []);
  assert.is(ids.size, [...html.matchAll(/ id="/g)].length, 'an id is there twice');
  assert.match(html, /id="r1t0"><nav><a href="#r2t0">← earlier<\/a><a href="#r0t0">later →<\/a>/);
  // This one was not run each time.
  assert.match(html, /id="r1t1"><nav><a href="#r3t1">← earlier<\/a><a href="#-">close/);
});

test('a card: verdict, why, subtests, complaints, output; a path for what is left out', () => {
  const html = page([run(0, [one('a', 'failed', {
    why: '1 of 2 failed', cases: { x: 'passed', y: 'failed' }, splats: excerpt('WARNING in f'), output: excerpt('\nout\n', 12),
  }), one('b', 'passed', { output: excerpt('', 99) })])], at);
  assert.match(html, '<span class="verdict failed">failed</span> in 1.5 s: 1 of 2 failed</p><p>2 subtests, 1 failed:</p><ul><li>y</li></ul>');
  assert.match(html, '<summary>What the kernel complained of</summary><pre>\nWARNING in f</pre>');
  assert.match(html, '<p class="dim">12 bytes are left out here; all of it: /runs/1.log</p><pre>\n\nout\n</pre>');
  assert.match(html, 'Its output is too long for this page: /runs/1.log');
});

test('what it ran on: the commit, the difference in colours; or that it is not known', () => {
  const html = page([
    run(0, [one('a', 'passed')], { source: { tree: '/t', head: 'abc first', diff: excerpt('--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old <\n+new\n same') } }),
    run(1, [one('a', 'passed')], { source: { tree: '/t', head: 'def second' }, kernel: 'other 5 6' }),
    run(2, [one('a', 'passed')], { source: { tree: '/t' }, kernel: 'other 5 6' }),
    run(3, [one('a', 'passed')], { kernel: 'other 5 6' }),
  ], at);
  assert.match(html, '<span class="d">-old &lt;</span>\n<span class="a">+new</span>\n same</pre>');
  assert.match(html, 'commit def second</p><p class="dim">All of it was committed.</p>');
  assert.match(html, '(not a git repository)');
  assert.match(html, 'its source is not known');
  assert.match(html, 'Kernel: /k/vmlinux, built 2026-11-26 15:00:00 UTC');
  // The oldest run's kernel is another than the three newer ones'.
  assert.equal([...html.matchAll(/class="day( other)?"/g)].map((match) => match[1] !== undefined), [false, false, false, true]);
});

test('whatever the texts hold, no element and no attribute comes of them', () => {
  const evil = '</pre></section><script>x</script><img src=x onerror=x>" onclick="x \' <!-- ]]> </style>';
  const html = page([run(0, [one(evil, 'failed', { why: evil, cases: { [evil]: 'failed' }, output: excerpt(evil), splats: excerpt(evil) })], {
    kernel: evil, source: { tree: evil, head: evil, diff: excerpt(`+${evil}\n${evil}`) },
  })], at);
  assert.not.match(html, /<script|<img|<!--|onclick="|[^;]onerror=x>/);
  assert.is([...html.matchAll(/<\/style>/g)].length, 1);
  assert.equal(new Set([...html.matchAll(/<([a-z0-9]+)[ >]/g)].map((match) => match[1])).has('img'), false);
});

test('it fetches nothing: no address, no script, and a policy that would refuse them', () => {
  const html = page([run(0, [one('a', 'passed')])], at);
  assert.not.match(html, /https?:|<script|<link|<img|url\(|@import|src=/);
  assert.match(html, "default-src 'none'");
});

test('with --repeat a cell has all of its runs, and is the worst of them', () => {
  const html = page([run(0, [one('a', 'passed'), one('a', 'failed', { why: 'second' }), one('a', 'passed')])], at);
  assert.equal(rows(html), [['a', '2 of 3', ['✗1/3']]]);
  assert.is([...html.matchAll(/<span class="verdict/g)].length, 3);
});

test('no run at all', () => {
  assert.match(page([], at), 'No run is kept yet.');
});

test.run();
