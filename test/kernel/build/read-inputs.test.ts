/** The inputs of a quick build, looked at while it compiles. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { BuildIndex, IndexEntry } from '../../../tasks/kernel/inputs/index-model.ts';
import { lookAhead, readInputs, readsTheSame } from '../../../tasks/kernel/build/read-inputs.ts';

const test = suite<{ dir: string; index: BuildIndex }>('read-inputs');
test.before.each((context) => {
  const dir = context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  mkdirSync(join(dir, 'net'));
  for (const name of ['a.c', 'b.h', 'c.h']) writeFileSync(join(dir, 'net', name), '');
  context.index = indexOf(dir, ['net/a.o', 'net/a.c', 'net/b.h'], [0, 1, 2]);
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

function indexOf(dir: string, names: readonly string[], [target = 0, source = 0, ...more]: readonly number[], mtimeMs = 0): BuildIndex {
  const entry: IndexEntry = { path: join(dir, 'net/.a.o.cmd'), mtimeMs, size: 0, target, source, broken: false, deps: Uint32Array.of(source, ...more) };
  return { tree: { source: dir, build: dir }, files: names.map((name) => join(dir, name)), entries: [entry] };
}
const request = (before: BuildIndex, startedMs: number) => ({ before, startedMs, made: new Set<string>(), configBefore: undefined });
const nothing = () => false;
const soon = 10_000;

test('the same but for when it was made', ({ dir, index }) => {
  assert.ok(readsTheSame(index, indexOf(dir, ['net/a.o', 'net/a.c', 'net/b.h'], [0, 1, 2], 7)));
  assert.not(readsTheSame(index, indexOf(dir, ['net/a.o', 'net/a.c', 'net/b.h'], [0, 1])));
  assert.not(readsTheSame(index, indexOf(dir, ['net/a.o', 'net/a.c', 'net/b.h'], [2, 1, 0])));
  assert.not(readsTheSame(index, indexOf(dir, ['net/a.o', 'net/a.c', 'net/b.h', 'net/c.h'], [0, 1, 3])));
});

test('what was seen before serves, unless the compiler has read other files than the last time', async ({ dir, index }) => {
  const { inputs: early } = await lookAhead(request(index, Date.now() + soon), nothing);
  const startedAt = new Map<string, number>();
  assert.ok((await readInputs(request(index, Date.now() + soon), readsTheSame(index, index) ? early : undefined, { now: index, startedAt })).inputs === early.inputs);
  const now = indexOf(dir, ['net/a.o', 'net/a.c', 'net/b.h', 'net/c.h'], [0, 1, 2, 3]);
  const inputs = await readInputs(request(index, Date.now() + soon), readsTheSame(index, now) ? early : undefined, { now, startedAt });
  assert.ok(inputs.inputs.paths.includes(join(dir, 'net/c.h')));
  assert.not(early.inputs.paths.includes(join(dir, 'net/c.h')));
});

test('a file that changed since the build began is sure where all that reads it was compiled after that', async ({ dir, index }) => {
  const { inputs: early } = await lookAhead(request(index, 0), nothing);
  const header = join(dir, 'net/b.h');
  assert.ok(early.unsure.has(header));
  const unsure = async (at: number) => (await readInputs(request(index, 0), early, { now: index, startedAt: new Map([[join(dir, 'net/a.o'), at]]) })).unsure.has(header);
  assert.is(await unsure(Date.now() + soon), false);
  assert.is(await unsure(Date.now() - soon), true);
});

test.run();
