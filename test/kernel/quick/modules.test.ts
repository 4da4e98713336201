import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { modulesOfObjects, objectsNamed } from '../../../tasks/kernel/quick/modules.ts';
import { write } from '../../support/little-kernel.ts';

test('NAME.mod in the forms that there have been', () => {
  assert.equal(objectsNamed('fs/xfs/a.o\nfs/xfs/b.o\n'), ['fs/xfs/a.o', 'fs/xfs/b.o']);
  assert.equal(objectsNamed('fs/xfs/a.o fs/xfs/b.o\nprintk kfree\n'), ['fs/xfs/a.o', 'fs/xfs/b.o'], 'with the symbols that it lacks');
  assert.equal(objectsNamed(''), []);
});

test("an object's modules, which lie where it does or above; others are not read", () => {
  const build = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  try {
    write(join(build, 'modules.order'), 'net/ipv4/tcp_bbr.ko\nfs/xfs/xfs.ko\nfs/xfs/twin.o\ndrivers/net/dummy.ko\n');
    write(join(build, 'net/ipv4/tcp_bbr.mod'), 'net/ipv4/tcp_bbr.o\n');
    write(join(build, 'fs/xfs/xfs.mod'), 'fs/xfs/xfs_super.o\nfs/xfs/libxfs/xfs_btree.o\n');
    write(join(build, 'fs/xfs/twin.mod'), 'fs/xfs/libxfs/xfs_btree.o\n');
    const at = (...names: string[]) => names.map((name) => join(build, name));
    const found = modulesOfObjects({ source: build, build }, at('net/ipv4/tcp_bbr.o', 'fs/xfs/libxfs/xfs_btree.o', 'net/ipv4/tcp.o'));
    assert.equal([...found], [
      [at('net/ipv4/tcp_bbr.o')[0], at('net/ipv4/tcp_bbr.o')],
      [at('fs/xfs/libxfs/xfs_btree.o')[0], at('fs/xfs/xfs.o', 'fs/xfs/twin.o')],
    ]);
  } finally {
    rmSync(build, { recursive: true });
  }
});

test.run();
