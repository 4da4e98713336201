import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { installTrouble, remedyFor } from '../../../tasks/targets/packages/package-manager.ts';

// Debian's lines are as apt 2.6 and dpkg 1.21 wrote them.
const said: readonly (readonly [string, string])[] = [
  ['Building dependency tree...\nE: Unable to locate package pahole', 'old-lists'],
  ['Err:7 http://deb/ bookworm/main amd64 bc amd64 1.07\n  404  Not Found [IP: 1.2.3.4 80]\nE: Failed to fetch', 'old-lists'],
  ["error: target not found: pahole", 'old-lists'],
  // A library was upgraded since the lists were fetched, and the tool beside it wants the very same version.
  ['The following packages have unmet dependencies:\n libarchive-tools : Depends: libarchive13 (= 3.6.2-1+deb12u4) but 3.6.2-1+deb12u5 is to be installed\nE: Unable to correct problems, you have held broken packages.', 'old-lists'],
  ["warning: database file for 'core' does not exist (use '-Sy' to download)\nerror: target not found: bc", 'no-lists'],
  ["E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.", 'unfinished'],
  ['E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?', 'locked'],
  ['error: failed to init transaction (unable to lock database)', 'locked'],
  ["  Temporary failure resolving 'deb.debian.org'\nE: Some files failed to download", 'no-network'],
  ['error: failed to synchronize all databases (download library error)', 'no-network'],
  ["E: You don't have enough free space in /var/cache/apt/archives/.", 'no-space'],
  ['sudo: a terminal is required to read the password; either use the -S option', 'sudo-refused'],
  ['joe is not in the sudoers file.', 'sudo-refused'],
  ['E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?', 'no-right'],
  ['error: you cannot perform this operation unless you are root.', 'no-right'],
  ['E: Sub-process /usr/bin/dpkg returned an error code (1)', 'other'],
];

test('what package managers say is told apart', () => {
  for (const [output, kind] of said) assert.is(installTrouble(output).kind, kind, output);
});

test('the holder of the lock is named', () => {
  const waiting = 'Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 16075 (python3)...\nE: Unable to acquire the dpkg frontend lock';
  assert.equal(installTrouble(waiting), { kind: 'locked', by: '16075 (python3)' });
});

test('having waited for a lock does not hide what failed afterwards', () => {
  const later = 'Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 16075 (apt)...\nE: Unable to locate package x';
  assert.is(installTrouble(later).kind, 'old-lists');
});

test('only what needs no decision is healed without a person', () => {
  const refresh = ['apt-get', 'update'];
  assert.equal(remedyFor({ kind: 'old-lists' }, 'debian', refresh), refresh);
  assert.is(remedyFor({ kind: 'old-lists' }, 'arch', ['pacman', '-Sy']), undefined);
  assert.equal(remedyFor({ kind: 'no-lists' }, 'arch', ['pacman', '-Sy']), ['pacman', '-Sy']);
  assert.equal(remedyFor({ kind: 'unfinished', command: ['dpkg', '--configure', '-a'] }, 'debian', refresh), ['dpkg', '--configure', '-a']);
  assert.is(remedyFor({ kind: 'locked', by: undefined }, 'debian', refresh), undefined);
});

test.run();
