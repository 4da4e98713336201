import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { FileState } from '../../../tasks/host/files.ts';
import { changedSinceFailure, changesSince, fileStates, reasonOf, type Present, type Snapshot } from '../../../tasks/kernel/inputs/changes.ts';

/** Later than all that happens here. */
const clock = 10_000;

const at = (mtimeMs: number, size = 10): FileState => ({ mtimeMs, size });

const snapshot: Snapshot = {
  startedMs: 1000,
  outputs: fileStates(new Map([['/b/vmlinux', at(1500, 99)]])),
  inputs: fileStates(new Map([['/s/a.c', at(100)], ['/s/a.h', at(200)]])),
  products: fileStates(new Map([['/b/a.o', at(1200, 50)]])),
  unsure: new Set(),
  absent: new Set(),
  dirs: { paths: ['/s'], mtimes: Float64Array.of(900), names: ['a.c/a.h'] },
  commit: undefined,
};

function present(change: { files?: Record<string, FileState | undefined>; names?: string[]; commit?: string } = {}): Present {
  const files: Record<string, FileState | undefined> = {
    '/b/vmlinux': at(1500, 99), '/b/a.o': at(1200, 50), '/s/a.c': at(100), '/s/a.h': at(200), '/s': at(change.names === undefined ? 900 : 1600), ...change.files,
  };
  return { stat: (path) => files[path], names: () => change.names ?? ['a.c', 'a.h'], commit: () => change.commit };
}

const reason = (now: Present, then: Snapshot = snapshot) => reasonOf(changesSince(then, now), then.startedMs, clock);

test('nothing changed: fresh, and no directory is read', () => {
  assert.is(reason({ ...present(), names: () => { throw new Error('read'); } }), undefined);
});

test('a saved file is named, with how much later it was saved; of two the later', () => {
  assert.equal(reason(present({ files: { '/s/a.c': at(4000) } })), { kind: 'input-newer', path: '/s/a.c', byMs: 3000 });
  assert.equal(reason(present({ files: { '/s/a.c': at(4000), '/s/a.h': at(5000) } })), { kind: 'input-newer', path: '/s/a.h', byMs: 4000 });
});

test('a file put back with its old time is seen', () => {
  assert.equal(reason(present({ files: { '/s/a.c': at(50) } })), { kind: 'input-changed', path: '/s/a.c' });
  assert.equal(reason(present({ files: { '/s/a.c': at(100, 11) } })), { kind: 'input-changed', path: '/s/a.c' });
});

test('new, lost and renamed files are seen; a directory whose time moved with objects alone is not', () => {
  assert.equal(reason(present({ names: ['a.c', 'a.h', 'b.c'] })), { kind: 'input-added', path: '/s/b.c' });
  assert.equal(reason(present({ names: ['a.c'], files: { '/s/a.h': undefined } })), { kind: 'input-missing', path: '/s/a.h' });
  assert.equal(reason(present({ names: ['a.c', 'b.h'], files: { '/s/a.h': undefined } })), { kind: 'input-missing', path: '/s/a.h' });
  assert.is(reason(present({ names: ['a.c', 'a.h'] })), undefined);
});

test('a file that changed while the build ran is never taken for read', () => {
  assert.equal(reason(present(), { ...snapshot, unsure: new Set(['/s/a.h']) }), { kind: 'input-changed', path: '/s/a.h' });
});

test('the output: missing before all else, changed by others after all else', () => {
  assert.equal(reason(present({ files: { '/b/vmlinux': undefined, '/s/a.c': at(4000) } })), { kind: 'output-missing', path: '/b/vmlinux' });
  assert.equal(reason(present({ files: { '/b/vmlinux': at(1600, 99) } })), { kind: 'output-changed', path: '/b/vmlinux' });
  assert.is(reason(present({ files: { '/b/vmlinux': at(1600, 99), '/s/a.c': at(4000) } }))?.kind, 'input-newer');
});

test('a file dated in the future is named as such', () => {
  assert.equal(reason(present({ files: { '/s/a.c': at(clock + 500) } })), { kind: 'input-future', path: '/s/a.c', aheadMs: 500 });
});

test('a file that was gone when the build ended, and is there again, is news', () => {
  const then = { ...snapshot, absent: new Set(['/s/gone.h']) };
  assert.is(reason(present(), then), undefined);
  assert.equal(reason(present({ files: { '/s/gone.h': at(50) }, names: ['a.c', 'a.h', 'gone.h'] }), then), { kind: 'input-added', path: '/s/gone.h' });
});

test('an object that is gone or was made by something else: named, after an edit', () => {
  assert.equal(reason(present({ files: { '/b/a.o': undefined } })), { kind: 'output-missing', path: '/b/a.o' });
  assert.equal(reason(present({ files: { '/b/a.o': at(1200, 51) } })), { kind: 'output-changed', path: '/b/a.o' });
  assert.is(reason(present({ files: { '/b/a.o': undefined, '/s/a.c': at(4000) } }))?.kind, 'input-newer');
});

test('after a failed run only what changed since it began is told: edited, put back with an old time, added, removed', () => {
  const now = present({ files: { '/b/vmlinux': undefined, '/s/a.c': at(1900), '/s/a.h': undefined }, names: ['a.c', 'b.c'] });
  const since = (times: Record<string, number>) => {
    const changes = changedSinceFailure(changesSince(snapshot, now), { startedMs: 2000, failedMs: 3000 }, (path) => times[path] ?? 0);
    return changes.map((change) => [change.kind, 'path' in change ? change.path : '']);
  };
  assert.equal(since({ '/s/a.c': 1900, '/s/b.c': 1900, '/s': 2900 }), []);
  assert.equal(since({ '/s/a.c': 2000 }), [['edited', '/s/a.c']]);
  assert.equal(since({ '/s/b.c': 2500 }), [['added', '/s/b.c']]);
  assert.equal(since({ '/s': 3000 }), [['missing', '/s/a.h']]);
});

test('another commit counts where the version names it', () => {
  assert.is(reason(present({ commit: 'abc' }))?.kind, 'state');
});

test.run();
