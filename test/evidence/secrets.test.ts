import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { typedWords, withoutPasswords } from '../../tasks/evidence/secrets.ts';

test('a URL loses its user and password, and nothing else', () => {
  assert.is(withoutPasswords('mptcp https://me:to@ken@git.example.org/linux.git'), 'mptcp https://…@git.example.org/linux.git');
  for (const same of ['https://git.example.org/a@b', 'git@example.org:linux', 'kernel@6.1', 'gcc -DX=a@b']) assert.is(withoutPasswords(same), same);
});

test("what --pass-env gives the guest's variables is not told; the command is", () => {
  assert.equal(typedWords(['vm', '--pass-env', 'A=1', 'B', 'C=2', '--mem', '2G', '--kopts', 'x=1', '--', 'env', '--pass-env', 'D=3']),
    ['vm', '--pass-env', 'A=…', 'B', 'C=…', '--mem', '2G', '--kopts', 'x=1', '--', 'env', '--pass-env', 'D=3']);
  assert.equal(typedWords(['vm', '--pass-env=A=1=2\n3', '-v']), ['vm', '--pass-env=A=…', '-v']);
});

test.run();
