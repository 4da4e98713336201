/** A series, with a builder of the test's own; and the warnings of its logs, with real git. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isBroken, runEach, type Row } from '../../tasks/history/each.ts';
import { gitIn } from '../../tasks/history/git.ts';
import { readWarnings } from '../../tasks/history/known-warnings.ts';
import { historyPlace } from '../../tasks/history/place.ts';
import { Processes } from '../../tasks/host/processes/process.ts';
import { interrupted } from '../../tasks/report/interrupted.ts';
import { littleHistory } from './little-history.ts';
import { write } from '../support/little-kernel.ts';

const row = (commit: string, more: Partial<Row> = {}): Row => ({ commit, subject: '', build: 'ok', verdict: 'good', why: '', tookMs: 1, newWarnings: [], ...more });
const rows: Readonly<Record<string, Row>> = { a: row('a'), b: row('b', { build: 'failed', verdict: 'skip' }), c: row('c', { verdict: 'skip' }), d: row('d', { verdict: 'bad' }) };
const run = (untilFail: boolean, stopAt = '') => runEach(['a', 'b', 'c', 'd'], untilFail, {
  test: (commit) => Promise.resolve(commit === stopAt ? interrupted() : rows[commit] ?? row(commit)), begins: () => Promise.resolve(), ended: () => undefined,
});

test('all are tested, also after one that is broken; with --until-fail up to that', async () => {
  assert.equal((await run(false)).rows.map(({ commit }) => commit), ['a', 'b', 'c', 'd']);
  assert.equal((await run(true)).rows.map(({ commit }) => commit), ['a', 'b']);
});

test('one that does not build is broken, and one that is bad; not one of which the command cannot tell', () => {
  assert.equal(Object.values(rows).map(isBroken), [false, true, false, true]);
});

test('stopped, it still has what was tested', async () => {
  const { rows: tested, stopped } = await run(false, 'c');
  assert.equal(tested.map(({ commit }) => commit), ['a', 'b']);
  assert.is(stopped?.detail.reason, 'interrupted');
});

test('warnings: of what was compiled since the last time, compared with what was known; a failed build forgets none', async () => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'kloop-test-')));
  try {
    const tree = join(dir, 'linux');
    const ids = littleHistory(tree, ['a', 'b', 'c', 'd', 'e']);
    const git = gitIn(tree, { processes: new Processes(), signal: new AbortController().signal });
    const place = historyPlace(dir);
    const warning = (file: string, what = 'unused') => `${file}:1:1: warning: ${what}\n`;
    let number = 0;
    const log = (text: string) => write(join(place.logs, `kernel-20260101-${100 + number++}-1.log`), text);
    const read = (i: number, built = true) => readWarnings(ids[i] ?? '', built, { place, git });
    log(warning('state'));
    assert.is(await read(0, false), undefined, 'half a kernel is nothing to compare with');
    log(warning('other'));
    assert.is(await read(0), undefined);
    log(warning('state') + warning('file-1'));
    assert.equal(await read(1), [warning('file-1').trim()]);
    log('');
    assert.equal(await read(2, false), []);
    // `state` has changed since, and was compiled without a warning: it has none any more.
    log(warning('file-3'));
    assert.equal(await read(3), [warning('file-3').trim()]);
    log(warning('state') + warning('other'));
    assert.equal(await read(4), [warning('state').trim()], 'it came back');
    assert.equal(await read(4), [], 'nothing was built');
    writeFileSync(place.warnings, '{');
    assert.is(await read(4), undefined);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
