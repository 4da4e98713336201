import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { aptVersions, newestFirst } from '../../../tasks/kernel/source/distro.ts';

test('the newest version is the highest, not the last by letters', () => {
  assert.equal(newestFirst(['6.1', '6.12', '5.10', '6.8.0', '6.8']), ['6.12', '6.8.0', '6.8', '6.1', '5.10']);
});

test('apt-cache lines', () => {
  assert.equal(aptVersions('linux-source-6.1 - Linux kernel source for version 6.1\nlinux-source-6.12 - …\nlinux-source - meta\nlinux-source-wsl - x\n'), ['6.1', '6.12']);
});

test.run();
