import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BuildIndex } from '../../../tasks/kernel/inputs/index-model.ts';
import { notDealtWith, withAttempt } from '../../../tasks/kernel/build/attempt.ts';
import { deceived, maybeHalf, removeHalfMade, removeUnnamedArchives } from '../../../tasks/kernel/build/repair.ts';

const tree = { source: '/s', build: '/s' };
const index: BuildIndex = {
  tree,
  files: ['/s/a.o', '/s/a.c', '/s/a.h', '/s/b.o'],
  entries: [
    { path: '/s/.a.o.cmd', mtimeMs: 0, size: 0, target: 0, source: 1, deps: Uint32Array.of(1, 2), broken: false },
    { path: '/s/.b.o.cmd', mtimeMs: 0, size: 0, target: 3, source: -1, deps: Uint32Array.of(2), broken: false },
  ],
};
const edited = (path: string, mtimeMs: number) => ({ kind: 'edited' as const, path, before: { mtimeMs: 1, size: 1 }, now: { mtimeMs, size: 1 } });

test('an object newer than its changed source did not come from it; an older one make sees by itself', () => {
  assert.equal(deceived(index, [edited('/s/a.c', 50)], () => 100), ['/s/a.o']);
  assert.equal(deceived(index, [edited('/s/a.h', 50)], (path) => (path === '/s/a.o' ? 100 : 10)), ['/s/a.o']);
  assert.equal(deceived(index, [edited('/s/a.h', 200)], () => 100), []);
});

test('an input that was gone, and is back with an old time, may be another; a new file concerns no object', () => {
  const added = (path: string) => ({ kind: 'added' as const, path });
  const times: Record<string, number> = { '/s/a.o': 100, '/s/a.c': 50, '/s/b.o': 100, '/s/new.c': 50 };
  assert.equal(deceived(index, [added('/s/a.c')], (path) => times[path]), ['/s/a.o']);
  assert.equal(deceived(index, [added('/s/new.c')], (path) => times[path]), []);
  assert.equal(deceived(index, [added('/s/a.c')], (path) => (path === '/s/a.c' ? 200 : times[path])), []);
});

test('what a failed attempt made of an input is kept while that input is as it was then', () => {
  const attempt = { startedMs: 1000, by: 'make' as const, ended: true, recipe: '', states: { '/s/a.h': { mtimeMs: 500, size: 1 } } };
  assert.equal(notDealtWith([edited('/s/a.h', 500)], attempt, () => 500), []);
  assert.is(notDealtWith([edited('/s/a.h', 500)], attempt, () => 1500).length, 1);
  assert.is(notDealtWith([edited('/s/a.h', 600)], attempt, () => 600).length, 1);
  assert.is(notDealtWith([edited('/s/a.c', 500)], attempt, () => 500).length, 1);
});

test('an input that a failed attempt met in another state is a change, though it is as it was at first', () => {
  const attempt = { startedMs: 1000, by: 'make' as const, ended: true, recipe: '', states: { '/s/a.c': { mtimeMs: 500, size: 1 } } };
  const changes = withAttempt([], attempt, () => ({ mtimeMs: 50, size: 1 }));
  assert.equal(changes.map((change) => change.kind), ['edited']);
  assert.is(notDealtWith(changes, attempt, () => 50).length, 1);
  assert.equal(withAttempt([], undefined, () => undefined), []);
});

test('the proof of a whole file is a whole .cmd file that is no older', () => {
  const file = (mtimeMs: number, cmd: { mtimeMs: number; whole: boolean } | undefined) => ({ path: '/s/a.o', mtimeMs, size: 1, cmd });
  assert.not(maybeHalf(file(2000, { mtimeMs: 2001, whole: true }), 1000, 'a.o'));
  assert.ok(maybeHalf(file(2000, { mtimeMs: 900, whole: true }), 1000, 'a.o'));
  assert.not(maybeHalf(file(800, { mtimeMs: 700, whole: true }), 1000, 'a.o'));
  assert.ok(maybeHalf(file(2000, { mtimeMs: 2001, whole: false }), 1000, 'a.o'));
  assert.not(maybeHalf(file(2000, undefined), 1000, 'a.c'));
});

test('what a killed ar and a killed try of the compiler leave goes; files of the user with such names stay', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop repair-'));
  try {
    const put = (name: string, seconds: number, text: string, mode = 0o600) => {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), text, { mode });
      utimesSync(join(dir, name), seconds, seconds);
    };
    const litter = ['st0rA47P', 'net/stAxCeX3', 'net/core/stabcdef'];
    for (const name of litter) put(name, 50, '!<thin>\n/0 etc.');
    put('stfDnXkK', 50, '');
    put('.tmp_123/tmp.o', 50, 'x');
    utimesSync(join(dir, '.tmp_123'), 50, 50);
    const kept = ['storybook', 'stnotes1', 'net/stOlder1', 'net/.tmp_5/mine', 'standard', 'statuses'];
    put('standard', 50, '', 0o644);
    put('statuses', 50, '!<thin>\n', 0o644);
    put('storybook', 50, '!<thin>\n');
    put('stnotes1', 50, 'notes');
    put('net/stOlder1', 30, '!<thin>\n');
    put('net/.tmp_5/mine', 50, 'x');
    removeUnnamedArchives([join(dir, 'net'), join(dir, 'gone')], 40_000);
    assert.equal([...litter, ...kept].filter((name) => !existsSync(join(dir, name))), ['net/stAxCeX3']);
    assert.equal(removeHalfMade({ source: dir, build: dir }, 40_000), []);
    assert.equal([...litter, 'stfDnXkK', '.tmp_123', ...kept].filter((name) => existsSync(join(dir, name))), kept);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('on the disk: half-made files go, and .cmd files that were cut off; sources, whole objects and the commands of before stay', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop repair ü-'));
  try {
    mkdirSync(join(dir, 'net'));
    const put = (name: string, seconds: number, text = 'x') => {
      writeFileSync(join(dir, name), text);
      utimesSync(join(dir, name), seconds, seconds);
    };
    put('net/new.c', 50);
    put('net/half.o', 50);
    put('net/.half.o.cmd', 10, 'cmd_net/half.o := gcc\n');
    put('net/good.o', 50);
    put('net/.good.o.cmd', 51, 'cmd_net/good.o := gcc\n');
    put('net/cut.o', 50);
    put('net/.cut.o.cmd', 51, 'cmd_net/cut.o := gcc');
    const removed = removeHalfMade({ source: dir, build: dir }, 40_000);
    assert.equal(removed.map((path) => path.slice(dir.length + 1)).sort(), ['net/cut.o', 'net/half.o']);
    assert.not(existsSync(join(dir, 'net/.cut.o.cmd')));
    assert.ok(existsSync(join(dir, 'net/.half.o.cmd')), 'a quick build needs it');
    assert.ok(existsSync(join(dir, 'net/new.c')) && existsSync(join(dir, 'net/good.o')));
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
