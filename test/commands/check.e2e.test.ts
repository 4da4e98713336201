/** `check` with programs of one's own, in the kernel that the tests share: every way in which one can end. */
import { chmodSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop } from '../support/kloop.ts';

const kernel = process.env['KLOOP_TEST_KERNEL'] ?? '';

/** Not below /tmp, of which the guest has one of its own. */
let dir: string;
test.before(() => { dir = realpathSync(mkdtempSync('/var/tmp/kloop-test-')); });
test.after(() => rmSync(dir, { recursive: true }));

function program(name: string, body: string): string {
  writeFileSync(join(dir, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(dir, name), 0o755);
  return `./${name}`;
}
const check = (...args: string[]) => kloop(['check', '--kernel', kernel, ...args], { cwd: dir, env: { STATE_DIR: join(dir, 'state') } });

interface Read {
  readonly tests: readonly { readonly id: string; readonly verdict: string; readonly why?: string; readonly tail: readonly string[]; readonly leaves: readonly unknown[] }[];
}

test('each way to end has its verdict; a VM that is lost is booted again for the others', async () => {
  const tests = [
    program('good', 'echo out; echo err >&2'),
    program('three', '[ -e ok ] || exit 3'),
    program('tap', 'printf "TAP version 13\\n1..3\\nok 1 a\\nnoise\\nnot ok 2 b\\nok 3 # SKIP c: no tool\\n"'),
    program('daemon', '(sleep 1000) & echo left'),
    program('never', 'sleep 1000 & sleep 1000'),
    program('reboot', 'echo b > /proc/sysrq-trigger; sleep 1000'),
    program('after', 'exit 0'),
  ];
  const ended = await check('--json', '--timeout', '20s', '--junit', 'report.xml', ...tests);
  const { tests: read } = JSON.parse(ended.stdout) as Read;
  assert.equal(read.map(({ id, verdict, why }) => [id, verdict, why]).filter(([id]) => id !== './reboot'), [
    ['./good', 'passed', undefined],
    ['./three', 'failed', 'status 3'],
    ['./tap', 'failed', '1 of 3 failed, although its status is 0'],
    ['./daemon', 'passed', undefined],
    ['./never', 'timed-out', 'it took longer than 20.0 s'],
    ['./after', 'passed', undefined],
  ]);
  assert.is(read[5]?.verdict, 'lost');
  assert.equal(read[0]?.tail, ['out', 'err']);
  assert.is(read[2]?.leaves.length, 3);
  assert.is(ended.status, 255, ended.stderr);
  assert.match(ended.stderr, /^kloop: \.\/tap: failed in .*: 1 of 3 failed, although its status is 0\nkloop: {3}not ok: b\nkloop: {5}noise$/m);
  assert.match(ended.stderr, /^kloop: 3 passed, 4 failed \(3 subtests\) in /m);
  assert.match(readFileSync(join(dir, 'report.xml'), 'utf8'), '<testsuite name="./tap" tests="3" failures="1" skipped="1"');
});

test('the next run tells what changed: of the same test in the same kernel that is flaky, of another text of it not', async () => {
  writeFileSync(join(dir, 'ok'), '');
  const ended = await check('--tap', './three');
  assert.is(ended.status, 0, ended.stderr);
  assert.is(ended.stdout, 'TAP version 13\n1..1\nok 1 ./three\n');
  assert.match(ended.stderr, /^kloop: flaky \(passed and failed in this same kernel\): \.\/three$/m);
  program('three', 'exit 3');
  assert.match((await check('./three')).stderr, /^kloop: newly failing: \.\/three$/m);
});

test('until it fails: the rounds end with the first failure, each test with a boot of its own', async () => {
  // In memory of the guest's: with a boot for each it is not there the second time.
  program('twice', '[ ! -e /tmp/seen ] || exit 1; touch /tmp/seen');
  const ended = await check('--json', '--until-fail', '--repeat', '5', './twice');
  assert.equal((JSON.parse(ended.stdout) as Read).tests.map(({ verdict }) => verdict), ['passed', 'failed']);
  const fresh = await check('--json', '--until-fail', '--repeat', '2', '--fresh', './twice');
  assert.equal((JSON.parse(fresh.stdout) as Read).tests.map(({ verdict }) => verdict), ['passed', 'passed']);
});

test('programs below /tmp and /dev/shm, of which the guest has its own: they are there, and what their arguments name', async () => {
  const [one, two, shm] = [mkdtempSync('/tmp/kloop-test-'), mkdtempSync('/tmp/kloop-test-'), mkdtempSync('/dev/shm/kloop-test-')] as const;
  const single = `${one}.sh`;
  try {
    for (const path of [join(one, 'x'), join(two, 'x'), join(shm, 'x'), single]) {
      writeFileSync(path, '#!/bin/sh\n[ -z "$1" ] || cat "$1"\n');
      chmodSync(path, 0o755);
    }
    const all = await check('--json', join(one, 'x'), join(two, 'x'), join(shm, 'x'), single);
    assert.equal((JSON.parse(all.stdout) as Read).tests.map(({ verdict }) => verdict), ['passed', 'passed', 'passed', 'passed'], all.stderr);
    const named = await check('--json', single, '--', join(two, 'x'));
    assert.equal((JSON.parse(named.stdout) as Read).tests.map(({ verdict }) => verdict), ['passed'], named.stderr);
  } finally {
    for (const path of [one, two, shm, single]) rmSync(path, { recursive: true });
  }
});

test('what is wrong with what was typed is told before anything is booted', async () => {
  writeFileSync(join(dir, 'plain'), 'x');
  const wrong: readonly (readonly [string[], RegExp])[] = [
    [['./none'], /^kloop: \.\/none cannot be run: there is no such file\n {2}Next: ls -l \.\/none$/m],
    [['./plain'], /^kloop: \.\/plain cannot be run: it isn't executable\n {2}Next: chmod \+x \.\/plain$/m],
    [['net/mptpc'], /^kloop: net\/mptpc isn't a kselftest collection: .*\n {2}Next: npm run check -- net\/mptcp$/m],
    [['--repeat', '0', './good'], /--repeat takes a whole number from 1, not '0'/],
    [['./good', 'net/mptcp', '--', '-x'], /arguments are for one program/],
  ];
  for (const [args, words] of wrong) {
    // The tree's own state: which source was chosen.
    const ended = await kloop(['check', '--kernel', kernel, ...args], { cwd: dir });
    assert.is(ended.status, 125, ended.stderr);
    assert.match(ended.stderr, words);
  }
});

test.run();
