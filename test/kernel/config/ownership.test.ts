import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { installConfig, whoseConfig, type Whose } from '../../../tasks/kernel/config/ownership.ts';

const test = suite<{ dir: string; path: string; copies: string }>('whose');
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  context.path = join(context.dir, '.config');
  context.copies = join(context.dir, 'copies');
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const whose = (path: string, copies: string, unfinished?: boolean) => (whoseConfig(path, copies, unfinished) as Whose).whose;

test("nobody's, ours, yours", ({ path, copies }) => {
  assert.is(whose(path, copies), 'nobody');
  assert.is(installConfig('CONFIG_A=y\n', path, copies), true);
  assert.is(whose(path, copies), 'ours');
  writeFileSync(path, '# another header\nCONFIG_CC_VERSION_TEXT="gcc 99"\nCONFIG_A=y\n');
  assert.is(whose(path, copies), 'ours');
  writeFileSync(path, 'CONFIG_A=m\n');
  assert.equal(whoseConfig(path, copies), { whose: 'yours', text: 'CONFIG_A=m\n', before: false });
});

test('there before kloop', ({ path, copies }) => {
  writeFileSync(path, 'CONFIG_A=y\n');
  assert.equal(whoseConfig(path, copies), { whose: 'yours', text: 'CONFIG_A=y\n', before: true });
});

test('killed between the copy and the .config: the copy before counts, but only then', ({ path, copies }) => {
  installConfig('CONFIG_A=y\n', path, copies);
  installConfig('CONFIG_B=y\n', path, copies);
  writeFileSync(path, 'CONFIG_A=y\n');
  assert.is(whose(path, copies, true), 'ours');
  assert.is(whose(path, copies, false), 'yours');
});

test('an equal one keeps its time, another header or not', ({ path, copies }) => {
  installConfig('# Linux 6.1\nCONFIG_A=y\n', path, copies);
  utimesSync(path, 1, 1);
  assert.is(installConfig('# Linux 6.2\nCONFIG_A=y\n', path, copies), false);
  assert.is(statSync(path).mtimeMs, 1000);
  assert.is(installConfig('# Linux 6.2\nCONFIG_A=m\n', path, copies), true);
  assert.match(readFileSync(path, 'utf8'), 'CONFIG_A=m');
});

test.run();
