import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { directoriesOf, meaningOf, type Watched } from '../../../tasks/watch/files/watched.ts';

const watched: Watched = {
  tree: '/src/my linux',
  buildDir: '/src/my linux',
  inputs: new Set(['/src/my linux/net/mptcp/protocol.c', '/src/my linux/net/mptcp/Makefile', '/src/my linux/include/linux/tcp.h']),
  directories: new Set(['/src/my linux/lib']),
  made: new Set(['/src/my linux/lib/crc32table.h']),
  configs: new Set(['/src/my linux/.config', '/kloop/kernel.config']),
  settings: new Set(['/kloop/.env']),
  commands: new Set(['/home/me/test.sh']),
  tests: new Set(['/src/my linux/tools/testing/selftests/net/mptcp/diag.sh', '/src/my linux/tools/testing/selftests/lib.mk']),
  alsoDirectories: ['/home/me/tests', '/src/my linux/tools/testing'],
  complete: true,
};

const word = (path: string, more: Partial<Watched> = {}) => {
  const meaning = meaningOf(path, { ...watched, ...more });
  return 'change' in meaning ? meaning.change.kind : `ignored: ${meaning.ignored}`;
};

test('what a path is an input of', () => {
  assert.is(word('/src/my linux/net/mptcp/protocol.c'), 'source');
  assert.is(word('/src/my linux/net/mptcp/Makefile'), 'source');
  assert.is(word('/src/my linux/.config'), 'config');
  assert.is(word('/kloop/kernel.config'), 'config');
  assert.is(word('/kloop/.env'), 'settings');
  assert.is(word('/home/me/test.sh'), 'command');
  assert.is(word('/home/me/tests/deep/a.py'), 'command');
  assert.is(word('/src/my linux/tools/testing/run.sh'), 'command');
  assert.is(word('/src/my linux/tools/testing/selftests/net/mptcp/diag.sh'), 'source');
});

test('a source that is part of nothing yet: the graph is asked', () => {
  assert.is(word('/src/my linux/net/mptcp/new.c'), 'perhaps');
  assert.is(word('/src/my linux/drivers/net/tun.c'), 'perhaps');
  assert.is(word('/src/my linux'), 'perhaps');
});

test("what is ignored, and why: editors' files", () => {
  for (const name of ['4913', 'protocol.c~', '.protocol.c.swp', '.protocol.c.swx', '#protocol.c#', '.#protocol.c', 'sedQ4Zb1x', 'protocol.c.tmp', '.goutputstream-ABC123', 'protocol.c.orig']) {
    assert.is(word(`/src/my linux/net/mptcp/${name}`), 'ignored: editor', name);
  }
});

test('what is ignored, and why: products, git, elsewhere', () => {
  for (const name of ['lib/crc32table.h', 'net/mptcp/protocol.o', 'net/mptcp/.protocol.o.cmd', '.tmp_vmlinux1', 'vmlinux.o', 'include/generated/autoconf.h', 'include/config/auto.conf', 'drivers/x.mod.c', 'arch/x86/boot/bzImage.gz']) {
    assert.is(word(`/src/my linux/${name}`), 'ignored: product', name);
  }
  assert.is(word('/src/my linux/.git/index'), 'ignored: git');
  assert.is(word('/src/my linux/.git'), 'ignored: git');
  assert.is(word('/src/my linux/Documentation/a.rst'), 'ignored: unused');
  assert.is(word('/home/me/notes.txt'), 'ignored: elsewhere');
  assert.is(word('/src/my linux-2/a.c'), 'ignored: elsewhere');
});

test('a build directory of its own holds products only, but for .config', () => {
  const buildDir = '/src/my linux/build';
  const configs = new Set([`${buildDir}/.config`]);
  assert.is(word(`${buildDir}/kernel/x.c`, { buildDir, configs }), 'ignored: product');
  assert.is(word(`${buildDir}/.config`, { buildDir, configs }), 'config');
});

test('directories: those of the files, all up to the tree, and those of what is named', () => {
  assert.equal([...directoriesOf(watched)].sort(), [
    '/home/me', '/kloop', '/src/my linux', '/src/my linux/include', '/src/my linux/include/linux', '/src/my linux/lib', '/src/my linux/net', '/src/my linux/net/mptcp', '/src/my linux/tools/testing/selftests', '/src/my linux/tools/testing/selftests/net/mptcp',
  ]);
});

test.run();
