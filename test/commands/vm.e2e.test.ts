/** The one line, with the real kernel that kloop has built. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop, root } from '../support/kloop.ts';

const tree = process.env['KLOOP_TEST_TREE'] ?? '';

test("the release of the kernel that was built, on stdout, and nothing else; kloop exits with the command's status", async () => {
  const release = readFileSync(join(tree, 'include/config/kernel.release'), 'utf8').trim();
  const ended = await kloop(['vm', '--', 'sh', '-c', 'uname -r; exit 3']);
  assert.is(ended.stdout, `${release}\n`, ended.stderr);
  assert.is(ended.status, 3);
});

test('into a closed stdout a command has printed nothing, and that is a failure; one that prints nothing is well', () => {
  const status = (command: string, streams: string) => spawnSync('sh', ['-c', `exec "$0" vm -- ${command} ${streams}`, join(root, 'tasks', 'launch.cjs')], { cwd: root, encoding: 'utf8' });
  const lost = status('echo lost', '>&-');
  assert.is(lost.status, 125, lost.stderr);
  assert.match(lost.stderr, /^kloop: writing the output failed: stdout: it is closed$/m);
  assert.is(status('sh -c "exit 3"', '>&-').status, 3);
  assert.is(status('echo lost', '>&- 2>&-').status, 125);
  const printed = status('sh -c "cat; echo here; exit 3"', '<&- 2>&-');
  assert.equal([printed.status, printed.stdout], [3, 'here\n']);
});

test('by npm, from elsewhere: relative paths and the working directory are the caller\'s', () => {
  // Not below /tmp, of which the guest has one of its own.
  const dir = realpathSync(mkdtempSync('/var/tmp/kloop-test-'));
  try {
    const ended = spawnSync('npm', ['--prefix', root, 'run', '--silent', 'vm', '--', '--rw-dirs', '.', '--', 'sh', '-c', 'pwd; echo written >file'],
      { cwd: dir, encoding: 'utf8', env: { ...process.env, KLOOP_ENV_FILE: '' } });
    assert.is(ended.stdout, `${dir}\n`, ended.stderr);
    assert.is(readFileSync(join(dir, 'file'), 'utf8'), 'written\n');
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
