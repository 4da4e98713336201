/** What kloop keeps of a build between runs, damaged at rest: it is none, and is made again. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readAttempt, writeAttempt } from '../../../tasks/kernel/build/attempt.ts';
import { loadSnapshot, saveSnapshot } from '../../../tasks/kernel/inputs/snapshot-store.ts';
import { loadIndex, saveIndex } from '../../../tasks/kernel/inputs/index-store.ts';
import { readEnvironment } from '../../../tasks/kernel/quick/link-environment.ts';

const test = suite<{ dir: string }>('damaged');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-damaged-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const tree = { source: '/s', build: '/s' };

/** The file with each of its bytes changed in turn, cut off there, and zero from there on. */
function* damages(whole: Buffer): Generator<Buffer> {
  for (let at = 0; at < whole.length; at++) {
    const flipped = Buffer.from(whole);
    flipped[at] = (flipped[at] ?? 0) ^ 0x10;
    yield flipped;
    yield whole.subarray(0, at);
    const zeroed = Buffer.from(whole).fill(0, at);
    if (!zeroed.equals(whole)) yield zeroed;
  }
}

test('an index: no byte of it can change unseen', ({ dir }) => {
  const path = join(dir, 'index');
  const entry = { path: '/s/.a.o.cmd', mtimeMs: 1, size: 2, target: 0, source: 1, deps: Uint32Array.of(1, 2), broken: false };
  saveIndex(path, { tree, files: ['/s/a.o', '/s/a.c', '/s/a.h'], entries: [entry] });
  assert.ok(loadIndex(path, tree));
  for (const damaged of damages(readFileSync(path))) {
    writeFileSync(path, damaged);
    assert.is(loadIndex(path, tree), undefined);
  }
});

test('a snapshot of inputs', ({ dir }) => {
  const path = join(dir, 'inputs');
  const states = { paths: ['/s/a.c'], numbers: Float64Array.of(1, 2) };
  saveSnapshot(path, tree, { made: new Set(), snapshot: { startedMs: 5, outputs: states, inputs: states, products: states, unsure: new Set(), absent: new Set(), dirs: { paths: ['/s'], mtimes: Float64Array.of(1), names: ['a.c'] }, commit: undefined } });
  assert.ok(loadSnapshot(path, tree));
  for (const damaged of damages(readFileSync(path))) {
    writeFileSync(path, damaged);
    assert.is(loadSnapshot(path, tree), undefined);
  }
});

test('what the top makefile exports', ({ dir }) => {
  const path = join(dir, 'environment.json');
  const whole = JSON.stringify({ exported: { srctree: '.' }, recipe: 'r', files: {} });
  writeFileSync(path, whole);
  assert.ok(readEnvironment(path, 'r'));
  for (const damaged of ['', 'null', '{}', whole.slice(0, -5), '\0'.repeat(whole.length), JSON.stringify({ recipe: 'r', files: {} })]) {
    writeFileSync(path, damaged);
    assert.is(readEnvironment(path, 'r'), undefined, damaged);
  }
});

test('an attempt: that there was one is known all the same, and nothing else of it', ({ dir }) => {
  const path = join(dir, 'attempt.json');
  assert.is(readAttempt(path), undefined);
  const attempt = { startedMs: 5, by: 'quick', ended: true, recipe: 'r', states: { '/s/a.c': { mtimeMs: 1, size: 2 } } } as const;
  writeAttempt(path, attempt);
  assert.equal(readAttempt(path), attempt);
  const whole = JSON.stringify(attempt);
  for (const damaged of ['', 'null', '{}', whole.slice(0, -5), '\0'.repeat(whole.length), JSON.stringify({ ...attempt, states: undefined })]) {
    writeFileSync(path, damaged);
    assert.equal(readAttempt(path), { startedMs: 0, by: 'make', ended: false, recipe: '', states: {} }, damaged);
  }
});

test.run();
