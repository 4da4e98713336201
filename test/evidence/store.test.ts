import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { recordName, recordOf } from '../../tasks/evidence/record.ts';
import { begin, evidenceDir, listEvidence, newestCore } from '../../tasks/evidence/store.ts';
import { limits } from '../../tasks/evidence/too-many.ts';
import { formatFailure, isFailure } from '../../tasks/report/failure.ts';
import { facts, incident } from './fixture.ts';

let state: string;
test.before.each(() => { state = mkdtempSync(join(tmpdir(), 'kloop-evidence-')); });
test.after.each(() => rmSync(state, { recursive: true, force: true }));

const start = Date.UTC(2026, 10, 26);
function keep(seconds: number, data: Buffer | string = 'x'): string {
  const unfinished = begin(state, start + seconds * 1000);
  if (isFailure(unfinished)) throw new Error(formatFailure(unfinished));
  const record = JSON.stringify({ ...recordOf(incident, facts), atMs: start + seconds * 1000 });
  const place = unfinished.finish([{ name: 'console.log', data }, { name: recordName, data: record }], { coreBytes: 0 });
  if (isFailure(place)) throw new Error(formatFailure(place));
  return place;
}
const all = () => readdirSync(evidenceDir(state)).sort();

test('kept for its owner alone, named by its time, found by the list', () => {
  const place = keep(1);
  assert.is(place, join(evidenceDir(state), '20261126-000001'));
  const modes = [evidenceDir(state), place, join(place, 'console.log')].map((path) => (statSync(path).mode & 0o777).toString(8));
  assert.equal(modes, ['700', '700', '600']);
  const [one] = listEvidence(state);
  assert.equal([one?.name, one?.dir, one?.record.title], ['20261126-000001', place, 'WARNING in f']);
});

test('two in the same second', () => {
  keep(1);
  keep(1);
  assert.equal(all(), ['20261126-000001', '20261126-000001-2']);
});

test('one that was not finished does not count; whose kloop is gone, it is removed by the next', () => {
  const unfinished = begin(state, start);
  assert.not(isFailure(unfinished));
  assert.equal(listEvidence(state), []);
  const dead = spawnSync('true').pid;
  mkdirSync(join(evidenceDir(state), `.${dead}-abcdef`));
  writeFileSync(join(evidenceDir(state), `.${dead}-abcdef`, recordName), '{}');
  keep(1);
  assert.equal(listEvidence(state).map(({ name }) => name), ['20261126-000001']);
  assert.is(all().length, 2, 'another that still runs is left alone');
  if (!isFailure(unfinished)) unfinished.discard();
  assert.equal(all(), ['20261126-000001']);
});

test('the oldest go, and nothing of them stays; one that was renamed stays', () => {
  renameSync(keep(0), join(evidenceDir(state), 'the-race'));
  for (let i = 1; i <= limits.directories + 3; i++) keep(i);
  const names = all();
  assert.is(names.length, limits.directories + 1);
  assert.equal([names[0], names.at(-2), names.at(-1)], ['20261126-000004', '20261126-000023', 'the-race']);
  assert.is(listEvidence(state)[0]?.name, 'the-race');
});

test('of more than the limit in bytes, too', () => {
  const big = Buffer.alloc(30 << 20);
  for (let i = 0; i < 3; i++) keep(i, big);
  assert.equal(all(), ['20261126-000001', '20261126-000002']);
});

test('a core is moved there; of more than they may take together the older ones go, and their evidence stays', () => {
  const keepCore = (seconds: number) => {
    const from = join(state, 'console-1-2.core');
    writeFileSync(from, Buffer.alloc(1000));
    const unfinished = begin(state, start + seconds * 1000);
    if (isFailure(unfinished)) throw new Error(formatFailure(unfinished));
    const record = JSON.stringify({ ...recordOf(incident, facts), atMs: start + seconds * 1000 });
    unfinished.finish([{ name: 'core', from }, { name: recordName, data: record }], { coreBytes: 2500 });
    assert.not.ok(existsSync(from));
  };
  for (let i = 0; i < 4; i++) keepCore(i);
  assert.equal(all().map((name) => readdirSync(join(evidenceDir(state), name)).includes('core')), [false, false, true, true]);
  assert.is(newestCore(state)?.evidence.name, '20261126-000003');
  // A list that counts them would drop all else.
  assert.ok(listEvidence(state).every(({ bytes }) => bytes < 1000 * 3));
});

test('a file of a foreign kind is left alone; one whose record is damaged is not listed, and goes with its time', () => {
  const place = keep(0);
  writeFileSync(join(place, recordName), '{"title":');
  writeFileSync(join(evidenceDir(state), 'notes.txt'), 'mine');
  assert.equal(listEvidence(state), []);
  for (let i = 1; i <= limits.directories; i++) keep(i);
  assert.not(existsSync(place));
  assert.is(readFileSync(join(evidenceDir(state), 'notes.txt'), 'utf8'), 'mine');
});

test('where nothing can be written it is a failure in words, and nothing is left', () => {
  writeFileSync(join(state, 'file'), '');
  const refused = begin(join(state, 'file'), start);
  assert.match(isFailure(refused) ? formatFailure(refused) : '', /^kloop: writing files failed: .*file already exists/);
  const unfinished = begin(state, start);
  assert.not(isFailure(unfinished));
  if (isFailure(unfinished)) return;
  const failed = unfinished.finish([{ name: 'no/such/directory', data: 'x' }], { coreBytes: 0 });
  assert.match(isFailure(failed) ? formatFailure(failed) : '', 'no such file or directory');
  assert.equal(all(), []);
});

test.run();
