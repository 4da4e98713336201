import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gitEnvironment, gitProgress, gitsWords } from '../../../tasks/kernel/source/git.ts';

test('progress', () => {
  assert.equal(gitProgress('Receiving objects:  42% (34012/80123), 90.10 MiB | 5.00 MiB/s'), { what: 'Receiving objects', done: 34012, total: 80123 });
  assert.equal(gitProgress('remote: Compressing objects:   1% (1/100)'), { what: 'Compressing objects', done: 1, total: 100 });
  assert.is(gitProgress("Cloning into 'x'..."), undefined);
});

test("git's one telling line", () => {
  assert.is(gitsWords(["fatal: unable to access 'https://github.com/a/b.git/': Could not resolve host: github.com"]), 'Could not resolve host: github.com');
  assert.is(gitsWords(['git@h: Permission denied (publickey).', 'fatal: Could not read from remote repository.', '', 'Please make sure you have the correct access rights']), 'git@h: Permission denied (publickey).');
  assert.is(gitsWords([]), 'git gave no reason');
});

test('git asks nobody anything', () => {
  const env = gitEnvironment(2500, { GIT_SSH_COMMAND: 'ssh -p 2222' });
  assert.is(env['GIT_TERMINAL_PROMPT'], '0');
  assert.is(env['GIT_ASKPASS'], '');
  assert.match(env['GIT_SSH_COMMAND'] ?? '', /^ssh -p 2222 -o BatchMode=yes -o ConnectTimeout=3 /);
});

test.run();
