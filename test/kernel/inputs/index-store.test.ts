import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dependentsOf } from '../../../tasks/kernel/inputs/index-model.ts';
import { cmdDirs, findCmdFiles, loadIndex, refreshIndex, saveIndex, stampsAgain } from '../../../tasks/kernel/inputs/index-store.ts';

const traced = (target: string, source: string, deps: string[]) =>
  `savedcmd_${target} := gcc -c\n\nsource_${target} := ${source}\n\ndeps_${target} := \\\n${deps.map((dep) => `  ${dep} \\\n`).join('')}\n${target}: $(deps_${target})\n\n$(deps_${target}):\n`;

test('built, kept, loaded, refreshed; only what changed is read again', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop index ü-'));
  try {
    const tree = { source: dir, build: dir };
    mkdirSync(join(dir, 'net'));
    writeFileSync(join(dir, 'net/.a.o.cmd'), traced('net/a.o', 'net/a.c', ['net/x.h', './net/../net/y.h']));
    writeFileSync(join(dir, 'net/.built-in.a.cmd'), 'cmd_net/built-in.a := printf "net/%s " a.o | xargs ar cDPrST net/built-in.a\n');
    const first = await refreshIndex(tree, undefined, findCmdFiles(tree));
    const users = (file: string, index = first) => dependentsOf(index, new Set([join(dir, file)])).map((entry) => (index.files[entry.target] ?? '').slice(dir.length + 1));
    assert.equal(users('net/y.h'), ['net/a.o']);
    assert.equal(users('net/a.o'), ['net/built-in.a']);
    assert.is(saveIndex(join(dir, 'index'), first), undefined);
    const loaded = loadIndex(join(dir, 'index'), tree);
    const plain = (index = first) => ({ ...index, entries: index.entries.map((entry) => ({ ...entry, deps: [...entry.deps] })) });
    assert.equal(plain(loaded), plain());
    assert.ok(loaded?.entries[0]?.deps instanceof Uint16Array, 'few files have small numbers');
    assert.is(loadIndex(join(dir, 'index'), { source: dir, build: '/other' }), undefined);
    assert.is(await refreshIndex(tree, loaded, findCmdFiles(tree, cmdDirs(first))), loaded);

    const stamps = findCmdFiles(tree);
    writeFileSync(join(dir, 'net/.a.o.cmd'), traced('net/a.o', 'net/a.c', ['net/z.h']));
    utimesSync(join(dir, 'net/.a.o.cmd'), 5, 5);
    assert.equal(stampsAgain(stamps, first.entries), findCmdFiles(tree));
    assert.equal(stampsAgain(stamps, []), stamps);
    const second = await refreshIndex(tree, loaded, findCmdFiles(tree));
    assert.equal(users('net/z.h', second), ['net/a.o']);
    assert.equal(users('net/y.h', second), []);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('a list that is no list is none', () => {
  assert.is(loadIndex('/dev/null', { source: '/s', build: '/s' }), undefined);
});

test.run();
