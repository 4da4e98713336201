import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Check } from '../../tasks/doctor/checks.ts';

const root = join(import.meta.dirname, '../..');
let dir: string;
test.before(() => { dir = mkdtempSync(join(tmpdir(), 'kloop doctor-')); });
test.after(() => rmSync(dir, { recursive: true, force: true }));

const doctor = (args: string[], env: Record<string, string> = {}) => spawnSync(process.execPath, [join(root, 'tasks/launch.cjs'), 'doctor', ...args], {
  encoding: 'utf8', cwd: dir, env: { ...process.env, KLOOP_ENV_FILE: '', STATE_DIR: join(dir, 'state'), REPOS_DIR: join(dir, 'repos'), SOURCE_TIMEOUT: '3s', ...env },
});

test('this host is looked at, and the status says what the words say', () => {
  const text = doctor([]);
  const data = JSON.parse(doctor(['--json']).stdout) as { works: boolean; checks: Check[] };
  assert.is(text.status, data.works ? 0 : 1);
  assert.match(text.stdout, data.works ? 'would work.' : 'would not work');
  assert.ok(data.checks.some(({ words }) => words.includes(`Node ${process.versions.node}`)));
  assert.is(text.stderr, '');
});

test('a QEMU that is not there is found, and is why `vm` would not work', () => {
  const ended = doctor([], { VM_QEMU: '/no/such/qemu' });
  assert.is(ended.status, 1);
  assert.match(ended.stdout, '/no/such/qemu does not run');
});

test('a source that nobody has', () => {
  const ended = doctor([], { KERNEL_SOURCES: 'file:/no/such/linux-6.1.tar.xz' });
  assert.is(ended.status, 1);
  assert.match(ended.stdout, 'no source in KERNEL_SOURCES is available');
});

test.run();
