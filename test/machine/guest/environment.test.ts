import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { guestEnvironment } from '../../../tasks/machine/guest/environment.ts';

const host = { PATH: '/usr/bin:/sbin', HOME: '/home/me', SECRET: 'x', LANG: 'C.UTF-8', PWD: '/elsewhere' };

test('the usual variables go in, the rest stays out', () => {
  assert.equal(guestEnvironment(host, [], '/here').sort(), [
    'HOME=/home/me', 'LANG=C.UTF-8', 'PATH=/usr/bin:/sbin:/usr/local/sbin:/usr/sbin', 'PWD=/here',
  ]);
});

test('--pass-env takes names and values; a name that is not set is left out', () => {
  const entries = guestEnvironment(host, ['SECRET', 'NONE', 'A=b=c'], '/');
  assert.ok(entries.includes('SECRET=x'));
  assert.ok(entries.includes('A=b=c'));
  assert.is(entries.some((entry) => entry.startsWith('NONE')), false);
});

test("another user's own variables, and the caller's for the rest", () => {
  const entries = guestEnvironment({ ...host, USER: 'me', SHELL: '/bin/zsh' }, [], '/', { name: 'joe', home: '/home/joe', shell: '/bin/sh' });
  for (const entry of ['HOME=/home/joe', 'USER=joe', 'LOGNAME=joe', 'SHELL=/bin/sh', 'LANG=C.UTF-8']) assert.ok(entries.includes(entry), entry);
  assert.is(entries.filter((entry) => entry.startsWith('HOME=')).length, 1);
});

test.run();
