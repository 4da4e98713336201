/** bisect and each, as a person types them: real git and real VMs; the kernel of each commit is made in a moment (history/little-kbuild.ts). */
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop, startKloop, type Ended } from '../support/kloop.ts';
import { littleKbuild } from '../history/little-kbuild.ts';
import { git } from '../support/little-kernel.ts';

const test = suite<{ dir: string; tree: string }>('bisect and each');
const kernel = process.env['KLOOP_TEST_KERNEL'] ?? '';

test.before.each((context) => {
  // Not below /tmp, of which the guest has one of its own.
  context.dir = realpathSync(mkdtempSync('/var/tmp/kloop-test-'));
  context.tree = join(context.dir, 'linux');
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

// What there is to save in a build without a kernel's makefiles is nothing.
const envOf = (tree: string) => ({ STATE_DIR: join(tree, '.kloop'), KERNEL_FAST: 'off' });
const run = (tree: string, ...args: string[]): Promise<Ended> => kloop(args, { cwd: tree, env: envOf(tree) });

/** The kernel of a commit is what its source says. */
const script = `#!/bin/sh
case $(cat .kloop/history/tree/net/state.c) in
*panic*) echo c >/proc/sysrq-trigger; sleep 100 ;;
*complain*) echo '<2>BUG: Bad rss-counter state mm:planted' >/dev/kmsg ;;
*fail*) exit 3 ;;
*cannot*) exit 125 ;;
esac
`;
const withScript = (tree: string) => writeFileSync(join(tree, 'test.sh'), script, { mode: 0o755 });

const says = (what: string) => ({ source: `const char state[] = "${what}";` });
const broken = { source: 'const char state[] = ;' };

test('a panic among sixteen commits, with some that cannot be tested; killed, and gone on with; the tree stays as it is', async ({ tree }) => {
  const ids = littleKbuild(tree, kernel, Array.from({ length: 17 }, (_, i) => (i === 8 ? broken : i === 7 ? { ...says('good'), bare: true } : says(i < 11 ? `good ${i}` : `panic ${i}`))));
  withScript(tree);
  writeFileSync(join(tree, 'number'), 'mine\n');
  const state = () => [git(tree, 'status', '--porcelain'), git(tree, 'diff'), git(tree, 'for-each-ref'), git(tree, 'symbolic-ref', 'HEAD'), readFileSync(join(tree, '.config'), 'utf8')];
  const before = state();
  const line = ['bisect', 'HEAD~16', 'HEAD', '--', './test.sh'];

  const first = startKloop(line, { cwd: tree, env: envOf(tree) });
  await first.says(/ is good: status 0 /);
  process.kill(-(first.child.pid ?? 0), 'SIGKILL');
  await first.ended;
  assert.equal(state(), before);

  const other = await run(tree, 'bisect', 'HEAD~15', 'HEAD', '--', './test.sh');
  assert.is(other.status, 125);
  assert.match(other.stderr, `another bisect is under way: ${ids[0]?.slice(0, 12)} is good, ${ids[16]?.slice(0, 12)} is bad, 2 tested`);
  assert.match(other.stderr, `Next: npm run bisect -- ${ids[0]?.slice(0, 12)} ${ids[16]?.slice(0, 12)} -- ./test.sh\n        npm run bisect -- --reset`);

  const second = await run(tree, ...line);
  assert.is(second.status, 0, second.stderr);
  assert.is(second.stdout, `${ids[11]}\n`, second.stderr);
  assert.match(second.stderr, 'linux has uncommitted changes');
  assert.match(second.stderr, 'going on: 2 tested before');
  assert.match(second.stderr, `kloop: the first bad commit is ${ids[11]}\nkloop:   net: change 11\n`);
  assert.match(second.stderr, 'is bad: the VM was lost: its kernel panicked: sysrq triggered crash');
  const [, evidence = ''] = /^kloop: {3}Evidence: (\S+)$/m.exec(second.stderr) ?? [];
  assert.match(readFileSync(join(evidence, 'README.md'), 'utf8'), `${ids[11]}`);
  // The ends, and of sixteen commits four; more for the two that cannot be tested.
  const tested = (JSON.parse(readFileSync(join(tree, '.kloop/history/bisect.json'), 'utf8')) as { tested: { commit: string; verdict: string }[] }).tested;
  assert.ok(tested.length >= 6 && tested.length <= 9, second.stderr);
  assert.is(new Set(tested.map(({ commit }) => commit)).size, tested.length);
  assert.match(second.stderr, `kloop: ${tested.length} commits were tried`);
  assert.ok(tested.some(({ verdict }) => verdict === 'skip'), second.stderr);
  assert.equal(state(), before);

  const told = await run(tree, ...line);
  assert.equal([told.status, told.stdout], [0, `${ids[11]}\n`]);
  assert.not.match(told.stderr, 'is it bad?');
  const reset = await run(tree, 'bisect', '--reset');
  assert.is(reset.status, 0, reset.stderr);
  assert.not(existsSync(join(tree, '.kloop/history')));
  assert.ok(existsSync(join(evidence, 'README.md')), 'it stays');
  assert.equal(state(), before);
  assert.is(git(tree, 'worktree', 'list').trim().split('\n').length, 1);
});

test('reports of the kernel are bad where the command is content, unless they are expected; ends that are not so are told', async ({ tree }) => {
  const ids = littleKbuild(tree, kernel, [says('good'), says('good 1'), says('complain'), says('complain 3')]);
  withScript(tree);
  const found = await run(tree, 'bisect', 'HEAD~3', 'HEAD', '--', './test.sh');
  assert.is(found.stdout, `${ids[2]}\n`, found.stderr);
  assert.match(found.stderr, 'is bad: the kernel complained: BUG: Bad rss-counter state');
  const expected = await kloop(['bisect', 'HEAD~2', 'HEAD', '--', './test.sh'], { cwd: tree, env: { ...envOf(tree), KNOWN_SPLATS: "'BUG: Bad rss-counter*'" } });
  assert.is(expected.status, 125);
  assert.match(expected.stderr, `${ids[3]?.slice(0, 12)} (net: change 3), which is said to be bad, is good: status 0`);
});

test('each commit of a series: one that does not compile, one that warns anew, one that fails, one that cannot tell', async ({ tree }) => {
  const warns = 'static int unused_one;';
  const ids = littleKbuild(tree, kernel, [
    { source: `${warns} const char state[] = "good";` }, { source: `\n${warns} const char state[] = "good 1";` }, broken,
    { source: `${warns} static int unused_two; const char state[] = "good 3";` }, says('fail'), says('cannot'),
  ]);
  withScript(tree);
  const all = await run(tree, 'each', 'HEAD~5..HEAD', '--', './test.sh');
  assert.is(all.status, 1, all.stderr);
  const short = (i: number) => ids[i]?.slice(0, 12) ?? '';
  assert.equal(all.stdout.split('\n').map((line) => line.replaceAll(/ {2,}/g, '  ')), [
    'commit  build  verdict  subject',
    `${short(1)}  ok  passed  net: change 1`,
    `${short(2)}  failed  not run  net: change 2  the kernel does not compile: net/state.o`,
    `${short(3)}  1 new warning  passed  net: change 3`,
    `${short(4)}  ok  failed  net: change 4  status 3`,
    `${short(5)}  ok  unclear  net: change 5  status 125: the command cannot tell`,
    '',
  ], all.stderr);
  assert.match(all.stderr, /^kloop: new: net\/state\.c:1:\d+: warning: .unused_two. defined but not used/m);
  assert.match(all.stderr, /^net\/state\.c:1:\d+: error: /m);
  const first = await run(tree, 'each', '--until-fail', 'HEAD~4..', '--', './test.sh');
  assert.is(first.status, 1);
  assert.is(first.stdout.trim().split('\n').length, 2, first.stdout);
  assert.match(first.stderr, '1 commit: 1 broken');
});

test('what is asked wrongly is told before anything is made', async ({ tree }) => {
  littleKbuild(tree, kernel, [says('good'), says('fail')]);
  const refused = async (...args: string[]) => {
    const { status, stderr } = await run(tree, ...args);
    assert.is(status, 125, stderr);
    return stderr;
  };
  assert.match(await refused('bisect'), 'bisect needs a good commit, a bad one, and a command');
  assert.match(await refused('bisect', 'HEAD~1', '--', 'true'), 'bisect needs a good commit and a bad one');
  assert.match(await refused('bisect', 'HEAD~1', 'HEAD'), "there is no command after '--'");
  assert.match(await refused('bisect', 'HEAD~1', 'HEAD', '--'), "there is no command after '--'");
  assert.match(await refused('bisect', 'HEAD~9', 'HEAD', '--', 'true'), "there is no commit 'HEAD~9'");
  assert.match(await refused('bisect', 'HEAD', 'HEAD~1', '--', 'true'), 'the other way round');
  assert.match(await refused('bisect', '--reset', 'HEAD'), "--reset takes no 'HEAD'");
  assert.match(await refused('each', '--', 'true'), 'each needs a range');
  assert.match(await refused('each', 'HEAD~1..'), "there is no command after '--'");
  assert.match(await refused('each', 'HEAD..', '--', 'true'), 'there is no commit in it');
  rmSync(join(tree, '.git'), { recursive: true });
  assert.match(await refused('bisect', 'HEAD~1', 'HEAD', '--', 'true'), 'it is not a git repository');
  assert.not(existsSync(join(tree, '.kloop/history')));
});

test.run();
