import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { installedPath, listedModules } from '../../../tasks/kernel/modules/listed.ts';

test('modules.order as trees have written it: 3.14, 6.1, 6.18', () => {
  const paths = ['net/ipv4/tcp_bbr.ko', 'fs/xfs/xfs.ko'];
  const exists = (path: string) => paths.includes(path);
  for (const line of [(path: string) => `kernel/${path}`, (path: string) => path, (path: string) => path.replace('.ko', '.o')]) {
    assert.equal(listedModules(`${paths.map(line).join('\n')}\n`, exists), paths);
  }
  assert.equal(listedModules('', exists), []);
});

test('modules in kernel/ are there by that name', () => {
  const exists = (path: string) => path === 'kernel/torture.ko';
  assert.equal(listedModules('kernel/torture.ko\n', exists), ['kernel/torture.ko']);
  assert.equal(listedModules('kernel/kernel/torture.ko\n', exists), ['kernel/torture.ko']);
});

test('twice in the list, once in the world', () => {
  assert.equal(listedModules('a.ko\nb.ko\na.ko\n', () => true), ['a.ko', 'b.ko']);
  assert.is(installedPath('fs/xfs/xfs.ko'), 'kernel/fs/xfs/xfs.ko');
});

test.run();
