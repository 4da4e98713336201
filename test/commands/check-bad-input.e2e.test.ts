/** `check` with tests that behave badly, and hosts that lack something: worded, counted, nothing lost. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkIn, program, programDirectory, readJson, type Read } from './check-programs.ts';
import { kloop, root } from '../support/kloop.ts';
import { isLongRun, testIf } from '../support/skip-unless.ts';

let dir: string;
test.before(() => { dir = programDirectory(); });
test.after(() => rmSync(dir, { recursive: true }));

const kernel = process.env['KLOOP_TEST_KERNEL'] ?? '';
const summaryOf = ({ tests }: Read) => tests.map(({ id, verdict, why, oddities }) => [id, verdict, why, ...oddities]);

test('TAP without a plan, with a wrong one, with garbage in between, with nothing else; each is told', async () => {
  // All bytes that there are, some of them often.
  writeFileSync(join(dir, 'garbage'), Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * i + (i >> 8)) % 256)));
  const ended = await checkIn(dir, [
    '--json',
    program(dir, 'noplan', 'printf "TAP version 13\\nok 1 a\\n"'),
    program(dir, 'fewer', 'printf "TAP version 13\\n1..3\\nok 1 a\\n"'),
    program(dir, 'more', 'printf "TAP version 13\\n1..1\\nok 1 a\\nok 2 b\\n"'),
    program(dir, 'noise', `printf "TAP version 13\\n1..2\\nok 1 a\\n"; cat ${dir}/garbage; printf "\\nok 2 b\\n"`),
    program(dir, 'binary', `cat ${dir}/garbage`),
    program(dir, 'bails', 'printf "TAP version 13\\n1..2\\nok 1 a\\nBail out! no \\033[31mnetwork\\n"'),
  ]);
  assert.equal(summaryOf(readJson(ended)), [
    ['./noplan', 'passed', undefined, 'it has no plan, so missing results go unnoticed'],
    ['./fewer', 'failed', 'the test: 3 results were planned, and 1 came'],
    ['./more', 'failed', 'the test: 1 results were planned, and 2 came'],
    ['./noise', 'passed', undefined],
    ['./binary', 'passed', undefined],
    ['./bails', 'failed', 'it bailed out: no network', 'the test: 2 results were planned, and 1 came'],
  ], ended.stderr);
  assert.is(ended.status, 1);
});

test('one that kills the init of its guest, and all processes, one that leaves daemons: those after it run', async () => {
  const ended = await checkIn(dir, [
    '--json', '--timeout', '60s',
    program(dir, 'kills', 'kill -9 1; kill -SEGV 1; kill -TERM 1; kill -9 -1; echo still there'),
    program(dir, 'daemons', 'for i in $(seq 20); do setsid sleep 1000 & done; (trap "" TERM HUP INT; sleep 1000) & echo left'),
    program(dir, 'after', 'echo fine'),
  ]);
  assert.equal(readJson(ended).tests.map(({ id, verdict, tail }) => [id, verdict, tail]), [
    ['./kills', 'passed', ['still there']], ['./daemons', 'passed', ['left']], ['./after', 'passed', ['fine']],
  ], ended.stderr);
});

test('a flood of output: what is kept is bounded, and that is said; its end is there; one without end is ended', async () => {
  const mib = isLongRun ? 1024 : 128;
  const ended = await checkIn(dir, [
    '--json', '--timeout', '10m',
    program(dir, 'floods', `yes 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd | head -c ${mib}M; echo; echo the end`),
  ]);
  const [flood] = readJson(ended).tests;
  assert.equal([flood?.verdict, flood?.oddities, flood?.tail.at(-1)], ['passed', [`it printed ${mib - 8} MiB more than are kept`], 'the end'], ended.stderr);
  const kept = statSync(flood?.log ?? '').size;
  assert.ok(kept > 8 << 20 && kept < 9 << 20, `${kept} bytes are kept`);
  assert.match(readFileSync(flood?.log ?? '', 'utf8').slice(8 << 20), /^\n… \d+ bytes more were printed here, and dropped …\n/);
  const endless = await checkIn(dir, ['--json', '--timeout', '3s', program(dir, 'endless', 'yes')]);
  assert.equal(readJson(endless).tests.map(({ verdict }) => verdict), ['timed-out'], endless.stderr);
  assert.is(endless.status, 124);
});

test('a kernel that boots no more: what has run has its verdict, the rest is told as not run', async () => {
  copyFileSync(kernel, join(dir, 'vmlinux'));
  const tests = [program(dir, 'first', 'exit 0'), program(dir, 'takes', 'mv vmlinux gone; sync; echo b >/proc/sysrq-trigger; sleep 1000'), program(dir, 'next', 'exit 0'), program(dir, 'last', 'exit 0')];
  const ended = await checkIn(dir, ['--kernel', join(dir, 'vmlinux'), '--json', ...tests, '--rw-dirs', '.']);
  const { tests: read } = readJson(ended);
  assert.equal(read.map(({ id, verdict }) => [id, verdict]), [
    ['./first', 'passed'], ['./takes', 'lost'], ['boot', 'lost'], ['boot', 'lost'], ['./next', 'lost'], ['./last', 'lost'],
  ], ended.stderr);
  assert.match(read[2]?.why ?? '', 'QEMU could not start the VM');
  assert.match(read[5]?.why ?? '', 'it was not run: QEMU could not start the VM');
  assert.is(ended.status, 255);
});

testIf(process.getuid?.() === 0, test)('a full disk: a test whose output is not kept has its verdict; without room to boot, that is what is said', () => {
  const state = join(dir, 'small');
  mkdirSync(state);
  const floods = program(dir, 'much', 'yes | head -c 20M; echo the end; exit 3');
  const run = (before: string) => spawnSync('unshare', ['--mount', 'sh', '-c', `mount -t tmpfs -o size=8m none ${state}; ${before}; exec "$@"`, 'sh',
    process.execPath, join(root, 'tasks/launch.cjs'), 'check', '--kernel', kernel, '--json', floods], { cwd: dir, encoding: 'utf8', env: { ...process.env, KLOOP_ENV_FILE: '', STATE_DIR: state } });
  const kept = run('true');
  assert.is(kept.status, 1, kept.stderr);
  assert.equal(summaryOf(JSON.parse(kept.stdout) as Read), [['./much', 'failed', 'status 3', 'it printed 12 MiB more than are kept']]);
  assert.match(kept.stderr, /^kloop: the output of \.\/much is not kept: writing a file failed: .*: no space left on the device$/m);
  assert.match(kept.stderr, '| the end');
  const full = run(`head -c 8m /dev/zero >${state}/all`);
  assert.is(full.status, 125, full.stderr);
  assert.match(full.stderr, /^kloop: .* failed: .*: no space left on the device\n {2}Next: df -h /m);
});

test('no MAINTAINERS, no git repository: what to do instead', async () => {
  const tree = join(dir, 'linux');
  mkdirSync(join(tree, 'kernel'), { recursive: true });
  writeFileSync(join(tree, 'Makefile'), 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\nEXTRAVERSION =\n');
  writeFileSync(join(tree, 'Kbuild'), '');
  writeFileSync(join(tree, 'Kconfig'), '');
  writeFileSync(join(tree, 'kernel/fork.c'), '');
  const list = () => kloop(['check', '--list'], { cwd: dir, env: { STATE_DIR: join(dir, 'state'), KERNEL_SOURCES: `dir:${tree}`, REPOS_DIR: dir } });
  const noGit = await list();
  assert.is(noGit.status, 125, noGit.stderr);
  assert.match(noGit.stderr, /linux isn't a git repository, so kloop cannot tell which files changed\n {2}Name a test, .*\n {2}Next: npm run check -- net\/mptcp$/m);
  for (const words of [['init', '-q'], ['add', '-A'], ['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'a']]) assert.is(spawnSync('git', ['-C', tree, ...words]).status, 0);
  const noMaintainers = await list();
  assert.is(noMaintainers.status, 125, noMaintainers.stderr);
  assert.match(noMaintainers.stderr, /linux has no MAINTAINERS file, so kloop cannot tell which tests belong to a change\n/);
});

test.run();
