import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { builtInFiles, filesBy, optionsOf9p, type FilesBy, type FilesRequest } from '../../tasks/machine/files-by.ts';

const plain: FilesRequest = { files: '9p', runAs: undefined, systemd: false, rwDirs: [] };
const kernel = (...has: FilesBy[]) => ({ release: '6.1.192', has: (by: FilesBy) => has.includes(by) });
const unknown = { release: undefined, has: () => undefined };

test('as VM_FILES says, where nothing is against it', () => {
  for (const has of [kernel('9p', 'fuse'), unknown]) {
    assert.equal(filesBy(plain, has), { by: '9p' });
    assert.equal(filesBy({ ...plain, files: 'fuse' }, has), { by: 'fuse' });
  }
});

test('by itself FUSE where it is faster or 9p reads wrong, from 6.1 on, and nothing is said', () => {
  const auto = (release: string | undefined, ...has: FilesBy[]) => filesBy({ ...plain, files: 'auto' }, { ...kernel(...has), release });
  for (const release of ['6.1.192', '6.8.0-rc1', '6.12.117', '6.18.32', '7.0']) assert.equal(auto(release, '9p', 'fuse'), { by: 'fuse' }, release);
  for (const release of ['4.14.67', '5.15.160', '6.0.19', undefined]) assert.equal(auto(release, '9p', 'fuse'), { by: '9p' }, release);
  assert.equal(auto('6.18.32', '9p'), { by: '9p' });
  assert.is(filesBy({ ...plain, files: 'auto' }, unknown).by, '9p');
  for (const more of [{ runAs: 'joe' }, { systemd: true }]) assert.equal(filesBy({ ...plain, ...more, files: 'auto' }, { ...kernel('9p', 'fuse'), release: '6.18.32' }), { by: '9p' });
});

test('a kernel without one of them has the other, and it is said', () => {
  const only = filesBy(plain, kernel('fuse'));
  assert.is(only.by, 'fuse');
  assert.match(only.note ?? '', 'this kernel has no 9p');
  const other = filesBy({ ...plain, files: 'fuse' }, kernel('9p'));
  assert.is(other.by, '9p');
  assert.match(other.note ?? '', 'CONFIG_FUSE_FS');
  assert.equal(filesBy(plain, kernel()), { by: '9p' }, 'which is then missed by name');
});

test('what FUSE cannot do keeps 9p', () => {
  for (const more of [{ runAs: 'joe' }, { systemd: true }]) {
    const asked = filesBy({ ...plain, ...more, files: 'fuse' }, kernel('9p', 'fuse'));
    assert.is(asked.by, '9p');
    assert.match(asked.note ?? '', /^with --(run-as|systemd) the guest has the host's files by 9p/);
  }
  for (const more of [{ runAs: 'joe' }, { systemd: true }]) {
    assert.is(filesBy({ ...plain, ...more }, kernel('fuse')).by, '9p');
    assert.is(optionsOf9p({ ...plain, ...more }).length, 1);
  }
});

test('what is below --rw-dirs comes as the root does, and by FUSE with an older kernel, too', () => {
  const shares = (more: Partial<FilesRequest>, release = '4.19.80', ...has: FilesBy[]) => filesBy({ ...plain, files: 'auto', rwDirs: ['/srv'], ...more }, { ...kernel(...has), release });
  assert.equal(shares({}, '4.19.80', '9p', 'fuse'), { by: '9p', shares: 'fuse' });
  assert.equal(shares({}, '6.1.192', '9p', 'fuse'), { by: 'fuse', shares: 'fuse' });
  assert.equal(shares({}, '4.19.80', '9p'), { by: '9p', shares: '9p' });
  for (const more of [{ runAs: 'joe' }, { systemd: true }, { files: '9p' as const }]) assert.equal(shares(more, '6.18.32', '9p', 'fuse'), { by: '9p', shares: '9p' });
  assert.equal(shares({ files: 'fuse' }, '4.19.80', '9p', 'fuse'), { by: 'fuse', shares: 'fuse' });
  assert.is(filesBy({ ...plain, files: 'auto', rwDirs: ['/srv'] }, unknown).shares, '9p');
});

test('a configuration tells of what is built in', () => {
  const { has, release } = builtInFiles('# Linux/x86 6.18.32 Kernel Configuration\nCONFIG_9P_FS=y\n# CONFIG_NET_9P_VIRTIO is not set\nCONFIG_FUSE_FS=y\n');
  assert.equal([has('9p'), has('fuse'), release], [false, true, '6.18.32']);
  assert.is(builtInFiles('CONFIG_9P_FS=m\nCONFIG_NET_9P_VIRTIO=y\n').has('9p'), false);
  assert.is(builtInFiles(undefined).has('9p'), undefined);
});

test.run();
