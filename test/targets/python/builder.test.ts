import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { asBuilder, builderFor } from '../../../tasks/targets/python/builder.ts';
import type { User } from '../../../tasks/host/users.ts';

const users: Readonly<Record<string, Pick<User, 'uid' | 'gid' | 'home'>>> = { root: { uid: 0, gid: 0, home: '/root' }, joe: { uid: 1000, gid: 1001, home: '/home/joe smith' } };
const findUser = (name: string) => users[name];

test('an ordinary user builds as is', () => {
  assert.equal(builderFor({ uid: 1000, env: { SUDO_USER: 'other' }, findUser }), { kind: 'self' });
  assert.equal(asBuilder(['make'], { kind: 'self' }), ['make']);
});

test('root by sudo builds as who called it, in their home', () => {
  const builder = builderFor({ uid: 0, env: { SUDO_USER: 'joe' }, findUser });
  assert.equal(builder, { kind: 'user', name: 'joe', uid: 1000, gid: 1001, home: '/home/joe smith' });
  assert.equal(asBuilder(['make'], builder).join(' '), 'setpriv --reuid 1000 --regid 1001 --init-groups -- env HOME=/home/joe smith USER=joe LOGNAME=joe make');
});

test('plain root, or root by root, has nobody to build as', () => {
  for (const env of [{}, { SUDO_USER: 'root' }, { SUDO_USER: 'gone' }, { SUDO_USER: '' }]) {
    assert.is(builderFor({ uid: 0, env, findUser }).kind, 'none');
  }
});

test.run();
