/** `watch --check`: tests at each save, in the real kernel. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { program, programDirectory } from '../commands/check-programs.ts';
import { kloop } from '../support/kloop.ts';
import { testIf } from '../support/skip-unless.ts';
import { MarkedSource, WatchRun, workshop } from '../support/watch-run.ts';

const shop = workshop('check');
const it = testIf(shop !== undefined, test);
if (shop === undefined) console.log('# no shared kernel: run it by `npm test -- watch/check`');

test('at each save of a test: how many passed, what is new; a lost VM loses its test alone', async () => {
  const dir = programDirectory();
  const write = (name: string, body: string) => program(dir, name, body);
  write('ok.sh', 'exit 0');
  write('other.sh', 'echo no; exit 3');
  const env = { ...process.env, KLOOP_ENV_FILE: '', STATE_DIR: join(dir, 'state'), VM_NAME: 'test-check' };
  const run = new WatchRun({ dir, env }, ['--kernel', process.env['KLOOP_TEST_KERNEL'] ?? '', '--timeout', '60s', '--dmesg', '--check', './ok.sh', '--check', './other.sh']);
  try {
    const first = await run.next();
    assert.equal([first.verdict, first.status, first.tests], ['failed', 1, {
      passed: 1, failed: 1, skipped: 0, failing: ['./other.sh'], newlyFailing: [], newlyPassing: [], flaky: [], slower: [],
    }], run.stderr);
    assert.match(run.stderr, /^kloop: \.\/other\.sh: failed in .*: status 3\nkloop: {3}\| no$/m);
    assert.match(run.stderr, /^✗ run 1: 1 failed \(\.\/other\.sh\), 1 passed · first run · .* · tests /m);
    await run.says(/watching \d+ files/);

    write('other.sh', 'exit 0');
    const fixed = await run.next();
    // In the VM that there is.
    assert.equal([fixed.verdict, fixed.tests?.passed, fixed.tests?.newlyPassing, fixed.bootMs], ['passed', 2, ['./other.sh'], undefined], run.stderr);

    let from = run.stderr.length;
    write('ok.sh', 'echo "<2>BUG: Bad rss-counter state mm:planted" >/dev/kmsg');
    const complained = await run.next();
    assert.equal([complained.verdict, complained.tests?.newlyFailing, complained.splats], ['failed', ['./ok.sh'], [{ kind: 'bug', title: 'BUG: Bad rss-counter state' }]], run.stderr.slice(from));

    from = run.stderr.length;
    write('ok.sh', 'echo b >/proc/sysrq-trigger; sleep 1000');
    const lost = await run.next();
    assert.equal([lost.verdict, lost.status, lost.tests?.failing, lost.tests?.passed], ['failed', 255, ['./ok.sh'], 1], run.stderr.slice(from));

    const left = await Promise.all([1, 2, 3].map(async (count) => readFileSync(join(await run.evidence(count), 'README.md'), 'utf8')));
    assert.match(left[0] ?? '', '# 1 of 2 tests failed: ./other.sh\n');
    assert.match(left[1] ?? '', '# BUG: Bad rss-counter state\n\n1 of 2 tests failed: ./ok.sh\n');
    assert.match(left[2] ?? '', '# 1 of 2 tests failed: ./ok.sh\n');

    // A save while the tests run: what they would have told is of no use any more.
    from = run.stderr.length;
    write('ok.sh', 'echo "<2>it sleeps" >/dev/kmsg; sleep 1000');
    await run.says(/it sleeps/, from);
    write('ok.sh', 'exit 0');
    assert.is((await run.next()).verdict, 'superseded', run.stderr.slice(from));
    const last = await run.next();
    assert.equal([last.verdict, last.tests?.passed], ['passed', 2], run.stderr.slice(from));
  } finally {
    await run.stop();
    rmSync(dir, { recursive: true });
  }
  assert.match(run.stderr, /^kloop: 6 runs: 2 passed, 3 failed, 1 superseded/m);
});

it('at each save of the kernel: what it complains of at boot fails the run, with its line; a good kernel follows', async () => {
  if (shop === undefined) return;
  const source = new MarkedSource(shop.tree);
  source.restore();
  program(shop.dir, 'ok.sh', 'exit 0');
  const run = new WatchRun(shop, ['--timeout', '60s', '--check', './ok.sh']);
  try {
    assert.is((await run.next(900_000)).verdict, 'passed', run.stderr);
    await run.says(/watching \d+ files/);
    const from = run.stderr.length;
    source.write('WARN_ON(1);');
    const warned = await run.next();
    const said = run.stderr.slice(from);
    assert.equal([warned.verdict, warned.tests?.passed, warned.tests?.failing], ['failed', 1, ['boot']], said);
    assert.equal(warned.splats, [{ kind: 'warning', title: 'WARNING in mptcp_proto_init' }]);
    assert.match(said, /^kloop: WARNING in mptcp_proto_init \(net\/mptcp\/protocol\.c:\d+\)$/m);
    source.restore();
    assert.is((await run.next()).verdict, 'passed', run.stderr.slice(from));
  } finally {
    await run.stop();
    source.restore();
  }
});

test('what is typed wrong is told at the start, before anything is built', async () => {
  const wrong: readonly (readonly [string[], RegExp])[] = [
    [['--check', './none'], /^kloop: \.\/none cannot be run: there is no such file\n/m],
    [['--check', 'net/mptcp', 'a:b:c/d'], /a test is named without its collection's path/],
    [['--check', 'net/mptcp', '--graceful'], /^kloop: --graceful is for a command: /m],
    [['--check', 'net/mptcp', './none', '--', '-x'], /arguments are for one program/],
  ];
  for (const [args, words] of wrong) {
    const ended = await kloop(['watch', ...args]);
    assert.is(ended.status, 125, ended.stderr);
    assert.match(ended.stderr, words);
    assert.not.match(ended.stderr, 'vmlinux');
  }
});

test.run();
