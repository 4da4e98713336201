/** What a VM leaves that goes wrong, and how a person gets at it, in the kernel that the tests share. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop } from '../support/kloop.ts';

const kernel = process.env['KLOOP_TEST_KERNEL'] ?? '';

/** Not below /tmp, of which the guest has one of its own. */
let dir: string;
test.before(() => { dir = realpathSync(mkdtempSync('/var/tmp/kloop-test-')); });
test.after(() => rmSync(dir, { recursive: true }));
const run = (args: readonly string[], env: Record<string, string> = {}) => kloop(args, { cwd: dir, env: { STATE_DIR: join(dir, 'state'), ...env } });
const names = () => { try { return readdirSync(join(dir, 'state/evidence')); } catch { return []; } };

test('what goes well leaves nothing, nor does a command that fails; there is nothing to list', async () => {
  assert.is((await run(['vm', '--kernel', kernel, '--', 'true'])).status, 0);
  assert.is((await run(['vm', '--kernel', kernel, '--', 'false'])).status, 1);
  assert.equal(names(), []);
  const listed = await run(['evidence']);
  assert.equal([listed.status, listed.stdout, listed.stderr], [0, '', 'kloop: there is no evidence: nothing has gone wrong\n']);
  const shown = await run(['evidence', 'show']);
  assert.equal([shown.status, shown.stderr], [125, 'kloop: there is no evidence yet: nothing has gone wrong\n']);
});

test('a panic leaves a directory: listed, shown, packed, unpacked', async () => {
  // What it prints has come before the panic: the guest waits for a reader of the pipe.
  const lost = await run(['vm', '--kernel', kernel, '--pass-env', 'TOKEN=secret', '--', 'sh', '-c', 'echo printed; sleep 1; echo c > /proc/sysrq-trigger; sleep 100']);
  assert.equal([lost.status, lost.stdout], [255, 'printed\n'], lost.stderr);
  const [, place = ''] = /^kloop: evidence is kept in (\S+) \(npm run evidence -- show\)$/m.exec(lost.stderr) ?? [];
  assert.is(names().length, 1, lost.stderr);
  assert.is(place, join(dir, 'state/evidence', names()[0] ?? ''));

  assert.match((await run(['evidence'])).stdout, /^\d{8}-\d{6} {2}vm {2,}\d+ KiB {2}Kernel panic: sysrq triggered crash\n$/);
  const shown = await run(['evidence', 'show', 'last']);
  for (const part of ['# Kernel panic: sysrq triggered crash\n', '- Kernel: Linux version ', ' sysrq_handle_crash+0x', '```\nprinted\n```\n', "'TOKEN=…'"]) assert.match(shown.stdout, part);
  assert.not.match(shown.stdout, 'secret');

  const packed = await run(['evidence', 'pack']);
  const file = join(dir, `kloop-evidence-${names()[0]}.tar.zst`);
  assert.equal([packed.status, packed.stdout], [0, `${file}\n`], packed.stderr);
  execFileSync('tar', ['--zstd', '-xf', file, '-C', dir]);
  const unpacked = join(dir, names()[0] ?? '');
  assert.is(readFileSync(join(unpacked, 'README.md'), 'utf8'), shown.stdout);
  assert.match(readFileSync(join(unpacked, 'console.log'), 'utf8'), 'Kernel panic - not syncing: sysrq triggered crash');
  assert.match(readFileSync(join(unpacked, 'splats.txt'), 'utf8'), ' sysrq_handle_crash+0x');
  assert.is(readFileSync(join(unpacked, 'output.log'), 'utf8'), 'printed\n');
  assert.match(gunzipSync(readFileSync(join(unpacked, 'System.map.gz'))).toString(), /^[0-9a-f]{16} T panic$/m);
  for (const name of readdirSync(place)) assert.not(readFileSync(join(place, name)).includes('secret'), name);
});

test('a command that takes too long leaves nothing, unless the kernel complained', async () => {
  const before = names();
  assert.is((await run(['vm', '--kernel', kernel, '--timeout', '2s', '--', 'sleep', '100'])).status, 124);
  assert.equal(names(), before);
  const late = await run(['vm', '--kernel', kernel, '--timeout', '4s', '--', 'sh', '-c', 'echo "<2>BUG: Bad rss-counter state mm:planted" >/dev/kmsg; sleep 100']);
  assert.is(late.status, 124);
  assert.match(late.stderr, /ran longer than 4 s[^]*^kloop: the kernel complained: BUG: Bad rss-counter state$[^]*^kloop: evidence is kept in /m);
  assert.match((await run(['evidence', 'show'])).stdout, '- Command: sh -c \'echo "<2>BUG: Bad rss-counter state mm:planted" >/dev/kmsg; sleep 100\', timed out\n');
});

test('tests that fail leave one directory for all, with what they printed', async () => {
  const before = names();
  for (const [name, body] of [['good', 'exit 0'], ['bad', 'echo so it goes; exit 3'], ['panic', 'echo c > /proc/sysrq-trigger; sleep 100']] as const) {
    writeFileSync(join(dir, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(dir, name), 0o755);
  }
  const ended = await run(['check', '--kernel', kernel, './good', './bad', './panic']);
  assert.is(ended.status, 255, ended.stderr);
  assert.is(names().length, before.length + 1, ended.stderr);
  const [newest] = JSON.parse((await run(['evidence', '--json'])).stdout) as { dir: string; title: string; what: string; by: string; files: { name: string }[] }[];
  assert.equal([newest?.by, newest?.what, newest?.title], ['check', '2 of 3 tests failed: ./bad, ./panic', 'Kernel panic: sysrq triggered crash']);
  assert.is(readFileSync(join(newest?.dir ?? '', 'output-1-1-.+bad.log'), 'utf8'), 'so it goes\n');
  assert.match(readFileSync(join(newest?.dir ?? '', 'README.md'), 'utf8'), './bad: failed in ');
});

test('where nothing can be kept, the verdict is the same, and a line says so', async () => {
  rmSync(join(dir, 'state/evidence'), { recursive: true });
  writeFileSync(join(dir, 'state/evidence'), '');
  const lost = await run(['vm', '--kernel', kernel, '--', 'sh', '-c', 'echo c > /proc/sysrq-trigger; sleep 100']);
  assert.is(lost.status, 255);
  assert.match(lost.stderr, /^kloop: no evidence is kept: writing files failed: .*evidence: not a directory$/m);
});

test.run();
