import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CmdFile } from '../../../tasks/kernel/inputs/cmd-file.ts';
import { dependentsOf, entryOf, Interner, isUnder, type BuildIndex } from '../../../tasks/kernel/inputs/index-model.ts';

const stamp = { path: '/b/net/.a.o.cmd', mtimeMs: 1, size: 2 };
const parsed: CmdFile = { target: 'net/a.o', command: 'gcc', source: '/s/net/a.c', deps: ['/s/net/x.h', 'net/a.o', '/s/net/x.h'], extra: [] };

test('a path has one number, however it is written; what is relative is so to the build directory', () => {
  const interner = new Interner('/b', ['/s/net/x.h', '/b/include/y.h']);
  assert.equal(['/s/net/x.h', '/s/net/../net/x.h', 'include/y.h', './include/y.h', '../s/net/x.h'].map((path) => interner.number(path)), [0, 0, 1, 1, 0]);
  assert.equal([interner.number('net/z.h'), interner.number('/b/net/z.h')], [2, 2]);
  assert.equal(interner.files, ['/s/net/x.h', '/b/include/y.h', '/b/net/z.h']);
});

test('a target depends on its source and on what was read, each once, and not on itself', () => {
  const interner = new Interner('/b');
  const entry = entryOf(stamp, parsed, [], interner);
  assert.equal([interner.files[entry.target], interner.files[entry.source]], ['/b/net/a.o', '/s/net/a.c']);
  assert.equal([...entry.deps].map((dep) => interner.files[dep]), ['/s/net/a.c', '/s/net/x.h']);
  assert.not.ok(entry.broken);
});

test('where nothing was traced it depends on what its command names', () => {
  const interner = new Interner('/b');
  const entry = entryOf(stamp, { ...parsed, target: 'net/built-in.a', source: undefined, deps: [] }, ['net/a.o', 'net/built-in.a'], interner);
  assert.is(entry.source, -1);
  assert.equal([...entry.deps].map((dep) => interner.files[dep]), ['/b/net/a.o']);
});

test("one that is broken, or none of Kbuild's, depends on nothing and is kept: it is not read again", () => {
  for (const kind of ['broken', 'foreign'] as const) {
    const { deps, ...entry } = entryOf(stamp, kind, ['net/a.o'], new Interner('/b'));
    assert.equal(entry, { ...stamp, target: -1, source: -1, broken: kind === 'broken' });
    assert.is(deps.length, 0);
  }
});

test('who depends on a file', () => {
  const interner = new Interner('/b');
  const entries = [
    entryOf(stamp, parsed, [], interner),
    entryOf({ ...stamp, path: '/b/net/.b.o.cmd' }, { ...parsed, target: 'net/b.o', source: '/s/net/b.c', deps: [] }, [], interner),
  ];
  const index: BuildIndex = { tree: { source: '/s', build: '/b' }, files: interner.files, entries };
  const users = (...paths: string[]) => dependentsOf(index, new Set(paths)).map((entry) => index.files[entry.target]);
  assert.equal(users('/s/net/x.h'), ['/b/net/a.o']);
  assert.equal(users('/s/net/x.h', '/s/net/b.c'), ['/b/net/a.o', '/b/net/b.o']);
  assert.equal(users('/s/net/unknown.h'), []);
});

test('a path lies in a directory by whole names', () => {
  assert.equal(['/s/net', '/s/net/a.c', '/s/network/a.c', '/s'].map((path) => isUnder(path, '/s/net')), [true, true, false, false]);
});

test.run();
