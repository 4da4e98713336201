import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { keepRun, newRun, pastRuns } from '../../../tasks/checks/run/store.ts';
import { isFailure } from '../../../tasks/report/failure.ts';

const test = suite<{ dir: string }>('store');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

function begin(dir: string, at: number): string {
  const made = newRun(dir, at);
  if (isFailure(made)) throw new Error(made.words.what);
  return made;
}

test('the newest fifty are kept, in order; two of the same ms are two', ({ dir }) => {
  for (let at = 1; at <= 60; at++) keepRun(begin(dir, at), { startedMs: at, kernel: 'k', tests: [] });
  keepRun(begin(dir, 60), { startedMs: 60, kernel: 'other', tests: [] });
  const runs = pastRuns(dir);
  assert.equal([runs.length, runs[0]?.startedMs, runs.at(-1)?.kernel], [50, 12, 'other']);
});

test('runs that were given up push out no others', ({ dir }) => {
  for (let at = 1; at <= 40; at++) keepRun(begin(dir, at), { startedMs: at, kernel: 'k', tests: [] });
  const given = Array.from({ length: 40 }, (_, i) => begin(dir, 1000 + i));
  assert.is(pastRuns(dir).length, 40);
  assert.equal(given.filter((path) => existsSync(path)).length, 6);
});

test.run();
