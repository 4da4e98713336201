/** The disk as a snapshot asks it: real files in a little tree. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lookAtProducts, presentOn, takeMade, takeRest } from '../../../tasks/kernel/inputs/snapshot.ts';

const test = suite<{ dir: string }>('freshness-snapshot');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-snapshot-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const put = (dir: string, ...paths: string[]) => {
  for (const path of paths) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), '');
  }
};

test('what Kbuild makes beside the sources is no news, whether it was seen made or not', ({ dir }) => {
  put(dir, 'init/main.c', 'init/main.o', 'init/utsversion-tmp.h', 'init/seen.h', 'scripts/mod/elfconfig.h', 'scripts/mod/modpost.c');
  const present = presentOn({ tree: { source: dir, build: dir }, made: new Set([join(dir, 'init/seen.h')]) });
  assert.equal(present.names(join(dir, 'init')), ['main.c']);
  assert.equal(present.names(join(dir, 'scripts/mod')), ['modpost.c']);
});

test('with a build directory of its own, the tree holds what people wrote', ({ dir }) => {
  put(dir, 'init/main.c', 'init/utsversion-tmp.h');
  const present = presentOn({ tree: { source: dir, build: join(dir, 'out') }, made: new Set() });
  assert.equal(present.names(join(dir, 'init')), ['main.c', 'utsversion-tmp.h']);
});

test('a directory that is gone has no names', ({ dir }) => {
  assert.equal(presentOn({ tree: { source: dir, build: dir }, made: new Set() }).names(join(dir, 'net')), []);
});

test("a module's text, which modpost writes, is a product as its object is; its source is none", ({ dir }) => {
  put(dir, 'vmlinux', 'fs/a.c', 'fs/a.o', 'fs/a.mod.c', 'fs/a.mod.o');
  const files = ['fs/a.c', 'fs/a.o', 'fs/a.mod.c', 'fs/a.mod.o'].map((name) => join(dir, name));
  const entry = (source: number, target: number) => ({ path: `${files[target] ?? ''}.cmd`, mtimeMs: 0, size: 0, target, source, deps: Uint32Array.of(source), broken: false });
  const { products } = takeMade({ tree: { source: dir, build: dir }, files, entries: [entry(0, 1), entry(2, 3)] }, 'vmlinux', join(dir, 'vmlinux'));
  assert.equal([...products.paths].sort(), [files[2], files[3], files[1]].sort());
});

test('looked at ahead: what may be made yet is looked at in the end, and what appears only then counts', async ({ dir }) => {
  put(dir, 'vmlinux', 'fs/a.c', 'fs/a.o', 'fs/b.c', 'fs/b.o');
  const files = ['fs/a.c', 'fs/a.o', 'fs/b.c', 'fs/b.o', 'vmlinux.o'].map((name) => join(dir, name));
  const entry = (source: number, target: number) => ({ path: `${files[target] ?? ''}.cmd`, mtimeMs: 0, size: 0, target, source, deps: source < 0 ? new Uint32Array() : Uint32Array.of(source), broken: false });
  const index = { tree: { source: dir, build: dir }, files, entries: [entry(0, 1), entry(2, 3), entry(-1, 4)] };
  const early = await lookAtProducts(index, 'vmlinux', (path) => path !== files[1]);
  writeFileSync(files[1] ?? '', 'by another');
  writeFileSync(files[3] ?? '', 'longer');
  writeFileSync(files[4] ?? '', 'new');
  const { outputs, products } = takeRest(early, join(dir, 'vmlinux'));
  const sizes = Object.fromEntries(products.paths.map((path, i) => [path.slice(dir.length + 1), products.numbers[i * 2 + 1]]));
  assert.equal([sizes['fs/b.o'], sizes['vmlinux.o']], [6, 3]);
  assert.not.equal(sizes['fs/a.o'], 10, 'what something else has written since is noticed the next time');
  assert.equal(outputs.paths, [join(dir, 'vmlinux')]);
  const now = takeMade(index, 'vmlinux', join(dir, 'vmlinux'));
  assert.equal([...products.paths].sort(), [...now.products.paths].sort());
});

test.run();
