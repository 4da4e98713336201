import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BuildIndex, IndexEntry } from '../../tasks/kernel/inputs/index-model.ts';
import { partsOf } from '../../tasks/watch/parts.ts';
import { write } from '../support/little-kernel.ts';

test('what is built in, modules of one object and of many, by the headers that they read', () => {
  const build = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  const files: string[] = [];
  const number = (name: string) => {
    const path = join(build, name);
    return files.includes(path) ? files.indexOf(path) : files.push(path) - 1;
  };
  const entry = (target: string, ...sources: string[]): IndexEntry => {
    const deps = sources.map(number);
    return { path: join(build, `.${target}.cmd`), mtimeMs: 0, size: 0, target: number(target), source: deps[0] ?? -1, deps: Uint32Array.from(deps), broken: false };
  };
  try {
    write(join(build, 'modules.order'), 'net/tcp-bbr.ko\nfs/xfs/xfs.ko\n');
    write(join(build, 'net/tcp-bbr.mod'), 'net/tcp-bbr.o\n');
    write(join(build, 'fs/xfs/xfs.mod'), 'fs/xfs/super.o\nfs/xfs/lib/btree.o\n');
    const entries = [
      entry('net/tcp.o', 'net/tcp.c', 'tcp.h', 'all.h'), entry('net/tcp-bbr.o', 'net/tcp-bbr.c', 'tcp.h', 'all.h'), entry('net/tcp-bbr.mod.o', 'net/tcp-bbr.mod.c', 'module.h'),
      entry('fs/xfs/super.o', 'fs/xfs/super.c', 'xfs.h', 'all.h'), entry('fs/xfs/lib/btree.o', 'fs/xfs/lib/btree.c', 'xfs.h'),
    ];
    const index: BuildIndex = { tree: { source: build, build }, files, entries };
    const parts = (name: string) => partsOf(join(build, name), index);
    assert.equal(parts('net/tcp.c'), { builtIn: true, modules: [] });
    assert.equal(parts('tcp.h'), { builtIn: true, modules: ['tcp_bbr'] });
    assert.equal(parts('xfs.h'), { builtIn: false, modules: ['xfs'] });
    assert.equal(parts('all.h'), { builtIn: true, modules: ['tcp_bbr', 'xfs'] });
    assert.equal(parts('module.h'), { builtIn: false, modules: [] });
  } finally {
    rmSync(build, { recursive: true });
  }
});

test.run();
