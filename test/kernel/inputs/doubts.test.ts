import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BuildIndex, IndexEntry } from '../../../tasks/kernel/inputs/index-model.ts';
import { doubts } from '../../../tasks/kernel/inputs/doubts.ts';

const files = ['/t/net/a.c', '/t/net/a.o', '/t/net/built-in.a', '/t/net/old.c', '/t/net/old.o'];
const entry = (target: number, source: number, ...deps: number[]): IndexEntry => ({
  path: `/t/net/.${files[target]?.slice(7) ?? ''}.cmd`, mtimeMs: 1, size: 1, target, source, deps: Uint32Array.from(deps), broken: false,
});
const index: BuildIndex = { tree: { source: '/t', build: '/t' }, files, entries: [entry(1, 0, 0), entry(2, -1, 1), entry(4, 3, 3)] };

test('an object that an archive takes in, and whose source is gone, is told', () => {
  assert.equal(doubts(index, new Set(['/t/net/a.c']), 'vmlinux'), ['net/a.c was removed, but a makefile still names it: make links the old net/a.o']);
});

test('not so an object that another configuration has left, nor one with its source', () => {
  assert.equal(doubts(index, new Set(['/t/net/old.c']), 'vmlinux'), []);
  assert.equal(doubts(index, new Set(), 'vmlinux'), []);
});

test('a .cmd file that cannot be read is told: its inputs are not known', () => {
  const unread: IndexEntry = { ...entry(1, 0), path: '/t/tools/objtool/.fixdep.o.cmd', target: -1, source: -1, broken: true };
  assert.equal(doubts({ ...index, entries: [...index.entries, unread] }, new Set(), 'vmlinux'), ['tools/objtool/.fixdep.o.cmd cannot be read: edits to the files it lists are not noticed']);
});

test.run();
