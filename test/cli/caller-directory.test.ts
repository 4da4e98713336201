import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { callerDirectory } from '../../tasks/cli/caller-directory.ts';

const root = join(import.meta.dirname, '../..');

test('by npm, it is where npm was called; else where kloop was started', () => {
  const at = (env: Record<string, string>, cwd = '/kloop') => callerDirectory('vm', { env, cwd, root: '/kloop' });
  assert.is(at({ npm_lifecycle_event: 'vm', INIT_CWD: '/linux' }), '/linux');
  assert.is(at({}), '/kloop');
  assert.is(at({ npm_lifecycle_event: 'vm' }), '/kloop');
  assert.is(at({ INIT_CWD: '/linux', npm_lifecycle_event: 'test' }), '/kloop', 'another script has started kloop');
  assert.is(at({ INIT_CWD: '/linux', npm_lifecycle_event: 'vm' }, '/elsewhere'), '/elsewhere', 'and gone elsewhere for it');
});

test('what npm really tells: of a script called from elsewhere by --prefix', () => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'kloop-test-')));
  try {
    const text = execFileSync('npm', ['--prefix', root, 'run', '--silent', 'env'], { cwd: dir, encoding: 'utf8' });
    const env = Object.fromEntries(text.split('\n').map((line) => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)]));
    assert.is(callerDirectory('vm', { env: { ...env, npm_lifecycle_event: 'vm' }, cwd: root, root }), dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
