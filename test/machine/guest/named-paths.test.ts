import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namedPaths, type Look } from '../../../tasks/machine/guest/named-paths.ts';

const host: Readonly<Record<string, ReturnType<Look>>> = {
  '/tmp': 'directory', '/tmp/x': 'directory', '/tmp/x/a.c': 'file', '/tmp/x/sub/deep': 'directory', '/tmp/a b': 'directory', '/tmp/top': 'file', '/tmp/link': 'elsewhere', '/tmp/link/f': 'elsewhere', '/tmp/sock': 'other',
  '/home/me': 'directory', '/home/me/tmp/x': 'directory', '/run/x': 'directory',
};
const look: Look = (path) => host[path] ?? 'missing';
const visible = (argv: string[], cwd = '/home/me') => namedPaths({ cwd, commands: [argv] }, look).visible;
const notes = (argv: string[], cwd = '/home/me') => namedPaths({ cwd, commands: [argv] }, look).notes;

test('the working directory and the program, wherever the guest has a place of its own', () => {
  assert.equal(visible(['true'], '/tmp/x'), ['/tmp/x']);
  assert.equal(visible(['true'], '/run/x'), ['/run/x']);
  assert.equal(visible(['/dev/shm/t/run']), ['/dev/shm/t']);
  assert.equal(visible(['/tmp/top']), ['/tmp/top'], 'alone: /tmp itself is the guest\'s');
  assert.equal(visible(['../../tmp/top']), ['/tmp/top']);
  assert.equal(visible(['true']), []);
});

test('each of several commands has its program', () => {
  const commands = [['true'], ['/run/x/a', '/tmp/top'], ['/dev/shm/t/b', '-v'], ['/tmp/x/c']];
  assert.equal(namedPaths({ cwd: '/home/me', commands }, look).visible, ['/run/x', '/dev/shm/t', '/tmp/x', '/tmp/top']);
});

test('arguments that name what is there: a directory, a file with what lies beside it, or where it would be made', () => {
  assert.equal(visible(['ls', '/tmp/x/']), ['/tmp/x']);
  assert.equal(visible(['cc', '/tmp/x/a.c']), ['/tmp/x']);
  assert.equal(visible(['cc', '-o', '/tmp/x/new']), ['/tmp/x']);
  assert.equal(visible(['cat', '/tmp/top']), ['/tmp/top']);
  assert.equal(visible(['ls', '/tmp/a b']), ['/tmp/a b']);
  assert.equal(visible(['ls', '../../tmp/x']), ['/tmp/x']);
  assert.equal(visible(['touch', '/tmp/new', '/tmp/new/deep']), []);
});

test('within a word, as a shell reads it', () => {
  assert.equal(visible(['sh', '-c', 'cd /tmp/x && make >/tmp/top']), ['/tmp/x', '/tmp/top']);
  assert.equal(visible(['t', '--out=/tmp/x', 'if=/tmp/top']), ['/tmp/x', '/tmp/top']);
  assert.equal(visible(['sh', '-c', 'cat /tmp/x/*.c /tmp/x/$f "/tmp/top";']), ['/tmp/x', '/tmp/top']);
  assert.equal(visible(['ls', '/var/tmp/x', '/home/me/tmp/x', 'a/tmp/x']), [], 'another tmp');
  assert.equal(visible(['cat', '/run/x']), [], "arguments: the guest's /run is its own");
});

test('below what is visible already nothing more is', () => {
  assert.equal(visible(['cat', '/tmp/x/a.c', '/tmp/x'], '/tmp/x'), ['/tmp/x']);
  assert.equal(visible(['ls', '/tmp/x/sub/deep', '/tmp/x']), ['/tmp/x']);
});

test('what is named and cannot be there is told, with the reason', () => {
  assert.match(notes(['cat', '/tmp/link/f']).join(), /^\/tmp\/link\/f is not in the guest.*symbolic link/);
  assert.match(notes(['nc', '-U', '/tmp/sock']).join(), /neither a file nor a directory/);
  assert.match(notes(['sh', '-c', 'cat /tmp/to*']).join(), /^'\/tmp\/to\*' finds nothing/);
  assert.equal(notes(['sh', '-c', 'cat /tmp/x/*.c; echo > /tmp/new; ls /tmp']), []);
});

test.run();
