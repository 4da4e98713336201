import { parse } from 'dotenv';
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { resolveSettings, settingKeys, type BadSetting, type Layer, type Settings } from '../../config/settings.ts';

const defaults: Layer = { name: 'defaults', values: parse(readFileSync(new URL('../../config/defaults.env', import.meta.url), 'utf8')) };
const base = { projectDir: '/p', home: '/home/u' };
const resolve = (...values: Record<string, string>[]) => resolveSettings([defaults, ...values.map((v, i) => ({ name: `layer ${i}`, values: v }))], base);
const good = (...values: Record<string, string>[]) => {
  const settings = resolve(...values);
  if (Array.isArray(settings)) throw new Error(JSON.stringify(settings));
  return settings as Settings;
};
const bad = (...values: Record<string, string>[]) => resolve(...values) as BadSetting[];

test('defaults.env holds every key, each with a value that parses', () => {
  assert.equal(Object.keys(defaults.values).sort(), [...settingKeys].sort());
  good();
});

test('every key of defaults.env has a comment above it', () => {
  const lines = readFileSync(new URL('../../config/defaults.env', import.meta.url), 'utf8').split('\n');
  for (const [i, line] of lines.entries()) {
    if (/^[A-Z]/.test(line)) assert.match(lines[i - 1] ?? '', /^# /, line);
  }
});

test('a stronger layer wins', () => {
  assert.is(good({ VM_MEMORY: '512M' }, { VM_MEMORY: '2G' }).vmMemoryBytes, 2 ** 31);
});

test('paths are absolute: ~ is the home directory, what is relative starts at the project', () => {
  const settings = good({ REPOS_DIR: '~/src', STATE_DIR: 'state', KERNEL_FRAGMENTS: 'debug, ./my.config' });
  assert.is(settings.reposDir, '/home/u/src');
  assert.is(settings.stateDir, '/p/state');
  assert.equal(settings.kernelFragments, ['debug', '/p/my.config']);
});

test('settings cannot be changed', () => {
  assert.throws(() => { (good() as { jobs: number }).jobs = 3; });
});

test('all that is wrong is told at once, unknown keys with the nearest name', () => {
  const wrong = bad({ VM_MEMORY: '12parsecs', VM_MEMROY: '1G', JOBS: '-1' });
  assert.equal(wrong.map((b) => b.key), ['VM_MEMORY', 'VM_MEMROY', 'JOBS']);
  assert.is(wrong[1]?.nearest, 'VM_MEMORY');
  assert.match(wrong[0]?.wrong ?? '', /512M/);
});

test('a bad value is told even where a stronger layer overrides it', () => {
  assert.is(bad({ VM_CPUS: 'many' }, { VM_CPUS: '2' }).length, 1);
});

test('the environment may hold what is none of ours', () => {
  const settings = resolveSettings([defaults, { name: 'env', values: { HOME: '/x', VM_CPUS: '3' }, ignoreUnknown: true }], base);
  assert.is((settings as Settings).vmCpus, 3);
});

test('values that would hurt later are refused', () => {
  for (const [key, text] of [
    ['VM_MEMORY', '32M'], ['VM_ACCEL', 'xen'], ['VM_NICS', 'br0,a name/with/slashes'], ['VM_NAME', '../up'],
    ['KERNEL_SOURCES', ''], ['KERNEL_MAKE_ARGS', 'CC="clang'], ['VM_TIMEOUT', 'soon'], ['REPOS_DIR', ''],
  ] as const) {
    assert.is(bad({ [key]: text }).length, 1, `${key}=${text}`);
  }
});

test('what make may not be told: another architecture, another build directory', () => {
  for (const text of ['ARCH=arm64', 'LLVM=1 ARCH=i386', 'O=/build', 'KBUILD_OUTPUT=/build']) {
    assert.is(bad({ KERNEL_MAKE_ARGS: text })[0]?.key, 'KERNEL_MAKE_ARGS', text);
  }
  for (const text of ['ARCH=x86_64', 'CC="gcc -O=2" LLVM=1', 'KCFLAGS=-DARCH=arm64']) good({ KERNEL_MAKE_ARGS: text });
});

test('captures: so much of each NIC, at least 1 MiB', () => {
  assert.equal([good({}).vmCaptureBytes, good({ VM_CAPTURE_SIZE: '1M' }).vmCaptureBytes], [2 ** 26, 2 ** 20]);
  assert.is(bad({ VM_CAPTURE_SIZE: '4K' })[0]?.key, 'VM_CAPTURE_SIZE');
});

test('cores: off, at most 1 GiB, or of a size', () => {
  assert.equal(['off', 'on', '4G'].map((text) => good({ VM_CORE: text }).vmCoreBytes), [0, 2 ** 30, 2 ** 32]);
  assert.is(good({}).vmCoreBytes, 0);
  assert.is(bad({ VM_CORE: 'yes' })[0]?.key, 'VM_CORE');
});

test('expected splats: words with quotes, for titles have spaces', () => {
  assert.equal(good({ KNOWN_SPLATS: `'WARNING in mptcp_*' "BUG: soft lockup*"` }).knownSplats, ['WARNING in mptcp_*', 'BUG: soft lockup*']);
  assert.equal(good({}).knownSplats, []);
  assert.is(bad({ KNOWN_SPLATS: "'WARNING" })[0]?.key, 'KNOWN_SPLATS');
});

test.run();
