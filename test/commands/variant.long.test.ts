/** Variants that are really built, from a tree of the tests' own: what is compiled when, and VMs of two of them side by side. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../tasks/host/files.ts';
import { kernel, releases } from '../paths/lab/lab-place.ts';
import { kloop, type Ended } from '../support/kloop.ts';
import { write } from '../support/little-kernel.ts';
import { testIf } from '../support/skip-unless.ts';
import { processesWith, WatchRun } from '../support/watch-run.ts';
import { sameBuild } from '../support/shared-kernel.ts';

const clangd = findProgram('clangd');
if (clangd === undefined) console.log('# clangd: skipped, for lack of it');
const directory = join(process.env['KLOOP_TEST_CACHE'] ?? '', 'variants');
const settings = join(directory, 'settings/env');
const env = { REPOS_DIR: join(directory, 'repos'), STATE_DIR: join(directory, 'state'), KLOOP_ENV_FILE: settings, ...sameBuild };
const run = async (...args: string[]): Promise<Ended> => {
  const ended = await kloop(args, { env });
  assert.is(ended.status, 0, ended.stderr);
  return ended;
};
/** Little is built of each: the one without a variant is as small. */
const tiny = 'KERNEL_CONFIG=config/variants/tiny.config\n';
let tree = '';
const vmlinux = { tiny: join(env.STATE_DIR, 'variants/tiny/build/vmlinux'), other: join(env.STATE_DIR, 'variants/other/build/vmlinux') };

/** What a peer needs, which tiny has not. */
const forPeers = ['NAMESPACES', 'NET_NS', 'NET_SCHED', 'NET_SCH_NETEM', 'BRIDGE', 'NET_CORE', 'VETH'];

test.before(async () => {
  write(settings, tiny);
  write(join(directory, 'settings/other.env'), `KERNEL_FRAGMENTS=${join(directory, 'settings/other.config')}\n`);
  write(join(directory, 'settings/other.config'), ['CONFIG_LOCALVERSION="-other"', ...forPeers.map((option) => `CONFIG_${option}=y`), ''].join('\n'));
  await run('kernel', '--no-image', '--variant', 'tiny');
  tree = join(env.REPOS_DIR, readdirSync(env.REPOS_DIR).find((name) => !name.startsWith('.')) ?? '');
});

test('the first build without a variant is beside it, and going back and forth compiles nothing', async () => {
  const first = await run('kernel', '--no-image');
  const normal = join(env.STATE_DIR, 'build', 'linux-source-6.1', 'vmlinux');
  assert.ok(existsSync(normal), first.stderr);
  assert.not(existsSync(join(tree, '.config')));
  const times = () => [vmlinux.tiny, normal].map((path) => statSync(path).mtimeMs);
  const before = times();
  for (const variant of [['--variant', 'tiny'], [], ['--variant', 'tiny'], []]) assert.match((await run('kernel', '--no-image', ...variant)).stderr, 'kernel: up to date');
  assert.equal(times(), before);
});

test('an edit is compiled quickly in each, when it is asked for', async () => {
  const file = join(tree, 'net/ipv4/tcp.c');
  const text = readFileSync(file, 'utf8');
  try {
    writeFileSync(file, text.replace('void tcp_init_sock(struct sock *sk)\n{', 'void tcp_init_sock(struct sock *sk)\n{\n\tbarrier();'));
    assert.match((await run('kernel', '--no-image', '--variant', 'tiny')).stderr, 'quick: 1 compiled');
    assert.match((await run('kernel', '--no-image')).stderr, 'quick: 1 compiled');
    assert.match((await run('kernel', '--no-image', '--variant', 'tiny')).stderr, 'kernel: up to date');
  } finally {
    writeFileSync(file, text);
    await run('kernel', '--no-image', '--variant', 'tiny');
    await run('kernel', '--no-image');
  }
});

test('a VM of a variant boots that one', async () => {
  const release = (await run('vm', '--variant', 'other', '--', 'uname', '-r')).stdout;
  assert.match(release, /-other$/m);
});

test('two variants: a VM each, whose lines are told apart; a table; the highest status', async () => {
  const ended = await kloop(['vm', '--variant', 'tiny', '--variant', 'other', '--', 'sh', '-c', 'uname -r; case $(uname -r) in *-other) echo error >&2; exit 3;; esac'], { env });
  assert.is(ended.status, 3, ended.stderr);
  assert.match(ended.stdout, /^tiny: 6\.1\.\d+$/m);
  assert.match(ended.stdout, /^other: 6\.1\.\d+-other$/m);
  assert.is(ended.stdout.trim().split('\n').length, 2);
  assert.match(ended.stderr, /^other: error$/m);
  assert.match(ended.stderr, /^kloop: tiny {3}status 0 {2}\S.*\nkloop: other {2}status 3 {2}\S.*\n$/m);
});

test("a variant is the peer's kernel, and is built for that; two are tried with each other", async () => {
  rmSync(vmlinux.other);
  const ended = await run('vm', '--kernel', kernel, '--path', 'lan', '--peer-kernel', 'other', '--peer-command', releases.peer, '--', 'bash', '-c', releases.guest);
  assert.match(ended.stdout, /^6\.1\.\d+\n6\.1\.\d+-other\n$/);
  const both = await run('interop', kernel, 'other', '--', 'uname', '-r');
  assert.match(both.stdout, /^\S+ > other: 6\.1\.\d+\nother > \S+: 6\.1\.\d+-other\n$/);
  assert.match(both.stderr, /^kloop: \S+ +other +status 0 .*\nkloop: other +\S+ +status 0 /m);
});

for (const [variant, needs, shows] of [
  ['btf', ['pahole'], 'test -s /sys/kernel/btf/vmlinux'],
  ['clang', ['clang', 'ld.lld'], "grep -q 'clang version' /proc/version"],
] as const) {
  const lacking = needs.filter((program) => findProgram(program) === undefined);
  if (lacking.length > 0) console.log(`# ${variant}: skipped, for lack of ${lacking.join(', ')}`);
  testIf(lacking.length === 0, test)(`${variant}: it is built as it says, and nothing a second time`, async () => {
    const began = performance.now();
    await run('vm', '--variant', variant, '--', 'sh', '-c', shows);
    console.log(`# ${variant}: ${((performance.now() - began) / 1000).toFixed(0)} s to its command's end`);
    await run('kernel', '--no-image');
    assert.match((await run('kernel', '--no-image', '--variant', variant)).stderr, 'kernel: up to date');
  });
}

testIf(clangd !== undefined, test)('clangd has nothing to say against a source of a build elsewhere', () => {
  const ran = spawnSync(clangd ?? '', ['--check=net/ipv4/tcp.c', '--check-lines=1-2', `--compile-commands-dir=${join(env.STATE_DIR, 'variants/tiny/build')}`, '--log=info'], { cwd: tree, encoding: 'utf8', timeout: 300_000 });
  assert.equal(ran.stderr.split('\n').filter((line) => /^E\[/.test(line)), [], ran.stderr.slice(-3000));
  assert.is(ran.status, 0, ran.stderr.slice(-3000));
});

test('watch --shadow: the verdict of the variant follows, and is given up for a new save; what it says of a bad run', async () => {
  const file = join(tree, 'net/ipv4/tcp.c');
  const text = readFileSync(file, 'utf8');
  const edited = (word: string) => text.replace('void tcp_init_sock(struct sock *sk)\n{', `void tcp_init_sock(struct sock *sk)\n{\n\tbarrier();\n\tpr_info_once("${word}\\n");`);
  // The one in front ends well at once; the other waits for a file in the first run, and fails in the next.
  write(join(directory, 'settings/go.sh'), '#!/bin/sh\ncase $(uname -r) in *-other) if test -e go; then exit 3; fi; echo waits >/dev/kmsg; sleep 1000;; esac\n');
  const go = join(directory, 'settings/go');
  rmSync(go, { force: true });
  const run = new WatchRun({ dir: join(directory, 'settings'), env: { ...process.env, ...env, VM_NAME: 'test-shadow' } }, ['--shadow', 'other', '--', 'sh', './go.sh']);
  try {
    assert.is((await run.next(900_000)).verdict, 'passed', run.stderr);
    await run.says(/run 1: other follows in the background/);
    await run.says(/watching \d+ files/);
    write(go, '');
    writeFileSync(file, edited('one'));
    const second = await run.next(900_000);
    assert.equal([second.run, second.verdict], [2, 'passed'], run.stderr);
    const shadow = await run.next(900_000) as unknown as { shadow: string; run: number; verdict: string; exit: number; log: string; totalMs: number };
    assert.equal([shadow.shadow, shadow.run, shadow.verdict, shadow.exit], ['other', 2, 'failed', 3], run.stderr);
    assert.ok(existsSync(shadow.log));
    assert.match(run.stderr, /^✗ run 2, other: failed, status 3; its output: /m);
    console.log(`# the run's verdict after ${second.totalMs} ms, its shadow's after ${shadow.totalMs} ms more`);
  } finally {
    writeFileSync(file, text);
    assert.is(await run.stop(), 143, run.stderr);
  }
  assert.equal(processesWith('test-shadow'), []);
});

test.run();
