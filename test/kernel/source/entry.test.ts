import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isFailure, formatFailure } from '../../../tasks/report/failure.ts';
import { parseSourceEntries, parseSourceEntry, type SourceEntry } from '../../../tasks/kernel/source/entry.ts';
import { kernelFailure } from '../../../tasks/kernel/reasons.ts';

const base = { topDir: '/project', home: '/home/me' };
const parsed = (text: string) => {
  const entry = parseSourceEntry(text, base);
  if (isFailure(entry)) throw new Error(formatFailure(entry));
  return entry as SourceEntry & { url?: string; ref?: string; directory?: string; path?: string };
};

test('git, by each way to reach it', () => {
  assert.equal(parsed('git+https://github.com/multipath-tcp/mptcp.git'), {
    kind: 'git', text: 'git+https://github.com/multipath-tcp/mptcp.git', url: 'https://github.com/multipath-tcp/mptcp.git', ref: undefined, directory: 'mptcp',
  });
  assert.is(parsed('git+ssh://git@host/a/linux').url, 'ssh://git@host/a/linux');
  assert.is(parsed('git+file:///srv/linux.git').url, '/srv/linux.git');
  assert.is(parsed('git+file:/srv/linux/.git/').directory, 'linux');
  assert.is(parsed('git+file:~/linux').url, '/home/me/linux');
});

test('a short name is the same tree as its URL', () => {
  assert.equal(parsed('mptcp'), { ...parsed('git+https://github.com/multipath-tcp/mptcp.git'), text: 'mptcp' });
  assert.is(parsed('mptcp-next').url, 'https://github.com/multipath-tcp/mptcp_net-next.git');
  assert.ok(isFailure(parseSourceEntry('toString', base)));
});

test('a branch has a directory of its own, with nothing in its name that Kbuild refuses', () => {
  const entry = parsed('git+https://h/linux.git#net/next: 1');
  assert.is(entry.ref, 'net/next: 1');
  assert.is(entry.directory, 'linux-net-next-1');
});

test('tarballs', () => {
  const hash = 'a'.repeat(64);
  assert.equal(parsed(`https://cdn/linux-6.1.tar.xz#sha256=${hash.toUpperCase()}`), {
    kind: 'download', text: `https://cdn/linux-6.1.tar.xz#sha256=${hash.toUpperCase()}`, url: 'https://cdn/linux-6.1.tar.xz', sha256: hash, directory: 'linux-6.1',
  });
  assert.is(parsed('file:my linux (1).tar.gz').path, '/project/my linux (1).tar.gz');
  assert.is(parsed('file:my linux (1).tar.gz').directory, 'my-linux-1-');
  assert.is(parsed('file:/a/linux.bundle').directory, 'linux');
});

test('directories, and the distribution', () => {
  assert.equal(parsed('dir:~/repos/mptcp'), { kind: 'dir', text: 'dir:~/repos/mptcp', path: '/home/me/repos/mptcp' });
  assert.equal(parsed('distro:'), { kind: 'distro', text: 'distro:', wanted: undefined });
  assert.equal(parsed('distro:linux-source-6.1'), { kind: 'distro', text: 'distro:linux-source-6.1', wanted: '6.1' });
});

for (const text of ['', 'linux', 'svn://h/linux', 'git://github.com/a/b.git', 'git+https:', 'git+https://host', 'git+https://h/a.git#', 'git+https://h/a.git#--upload-pack=x',
  'https://h/linux', 'https://h/l.tar.xz#md5=1', 'file:', 'file:/a/linux', 'dir:', 'distro:newest']) {
  test(`refused, with the kinds: '${text}'`, () => {
    const entry = parseSourceEntry(text, base);
    assert.ok(isFailure(entry));
    const words = formatFailure(entry);
    assert.match(words, `'${text}'`);
    assert.match(words, 'git+https://HOST/REPO.git');
    assert.match(words, 'distro:');
    assert.match(words, 'mptcp-next');
  });
}

test('of a list, the wrong one is named', () => {
  const entries = parseSourceEntries(['distro:', 'floppy:'], base);
  assert.ok(kernelFailure.is(entries, 'bad-source') && entries.detail.entry === 'floppy:');
});

test.run();
