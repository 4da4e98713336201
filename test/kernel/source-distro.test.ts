import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { aptVersions, familyOf, newestFirst } from '../../tasks/kernel/source-distro.ts';

test('families', () => {
  assert.is(familyOf('PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n'), 'debian');
  assert.is(familyOf('ID=linuxmint\nID_LIKE="ubuntu debian"\n'), 'debian');
  assert.is(familyOf('ID="rocky"\nID_LIKE="rhel centos fedora"\n'), 'fedora');
  assert.is(familyOf('ID=manjaro\nID_LIKE=arch\n'), 'arch');
  assert.is(familyOf('VERSION_ID=debian\nID=gentoo\n'), 'other');
});

test('the newest version is the highest, not the last by letters', () => {
  assert.equal(newestFirst(['6.1', '6.12', '5.10', '6.8.0', '6.8']), ['6.12', '6.8.0', '6.8', '6.1', '5.10']);
});

test('apt-cache lines', () => {
  assert.equal(aptVersions('linux-source-6.1 - Linux kernel source for version 6.1\nlinux-source-6.12 - …\nlinux-source - meta\nlinux-source-wsl - x\n'), ['6.1', '6.12']);
});

test.run();
