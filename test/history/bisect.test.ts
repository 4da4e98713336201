/** The steps of a bisect, with real git, and a builder that reads what a commit is out of a file of its. */
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runBisect, type BisectEnd } from '../../tasks/history/bisect.ts';
import { nextStep } from '../../tasks/history/next.ts';
import { isSameQuestion, readBisect, writeBisect, type Bisect } from '../../tasks/history/notes.ts';
import { openRepository, type Repository } from '../../tasks/history/repository.ts';
import { historyFailure } from '../../tasks/history/reasons.ts';
import type { Tested } from '../../tasks/history/tested.ts';
import type { Verdict } from '../../tasks/history/verdict.ts';
import { openWorktree, removeWorktree, type Worktree } from '../../tasks/history/worktree.ts';
import { Processes } from '../../tasks/host/processes/process.ts';
import { formatFailure, isFailure, type Result } from '../../tasks/report/failure.ts';
import { interrupted, interruption } from '../../tasks/report/interrupted.ts';
import { littleHistory } from './little-history.ts';
import { git } from '../support/little-kernel.ts';

const test = suite<{ dir: string; tree: string }>('bisect');
const doors = { processes: new Processes(), signal: new AbortController().signal, say: () => undefined };

test.before.each((context) => {
  context.dir = realpathSync(mkdtempSync(join(tmpdir(), 'kloop-test-')));
  context.tree = join(context.dir, 'linux');
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const sure = <T>(result: Result<T>): T => {
  if (isFailure(result)) throw new Error(formatFailure(result));
  return result;
};

interface Bench {
  readonly repository: Repository;
  readonly worktree: Worktree;
  readonly notes: string;
  readonly begun: Bisect;
}

async function bench(tree: string, ids: readonly string[]): Promise<Bench> {
  const repository = sure(await openRepository(tree, doors));
  const worktree = sure(await openWorktree(join(tree, '.kloop/history/tree'), ids.at(-1) ?? '', repository, doors));
  const begun: Bisect = { repository: repository.shared, tree, good: ids[0] ?? '', bad: ids.at(-1) ?? '', command: ['./test.sh'], tested: [], over: false };
  return { repository, worktree, notes: join(tree, '.kloop/history/bisect.json'), begun };
}

/** @param killedAt the test of this number does not come to its end */
async function go({ worktree, notes }: Bench, begun: Bisect, killedAt = Infinity): Promise<{ readonly end: Result<BisectEnd>; readonly tests: string[] }> {
  const tests: string[] = [];
  const end = await runBisect(begun, {
    test: async (commit): Promise<Result<Tested>> => {
      const here = await worktree.checkout(commit);
      if (isFailure(here)) return here;
      if (tests.length + 1 === killedAt) return interrupted();
      tests.push(commit);
      const [verdict] = readFileSync(join(worktree.path, 'state'), 'utf8').split(' ');
      return { commit, subject: '', build: 'ok', verdict: verdict as Verdict, why: '', tookMs: 1 };
    },
    next: (now) => nextStep(now, join(worktree.path, '../replay.log'), worktree.git),
    save: (now) => writeBisect(notes, now),
    begins: () => Promise.resolve(),
    ended: () => undefined,
  });
  return { end, tests };
}

/** Seventeen commits, of which the first is good and the last bad: sixteen that may be the first bad one. */
const history = (firstBad: number, skipped: readonly number[] = []): Verdict[] =>
  Array.from({ length: 17 }, (_, i) => (skipped.includes(i) ? 'skip' : i < firstBad ? 'good' : 'bad'));

test('of sixteen commits the first is found, and another, with the ends in six tests', async ({ dir }) => {
  for (const firstBad of [1, 11]) {
    const tree = join(dir, `linux-${firstBad}`);
    const ids = littleHistory(tree, history(firstBad));
    const at = await bench(tree, ids);
    const { end, tests } = await go(at, at.begun);
    assert.equal(sure(end).last, { kind: 'found', commit: ids[firstBad] });
    assert.equal(tests.slice(0, 2), [ids[16], ids[0]], 'the ends first');
    assert.is(tests.length, 6);
    assert.is(new Set(tests).size, 6);
  }
});

test("the user's tree, index, HEAD and refs stay as they are, changes that are not committed included", async ({ tree }) => {
  const ids = littleHistory(tree, history(9));
  writeFileSync(join(tree, '.gitignore'), '.*\n');
  writeFileSync(join(tree, 'state'), 'mine\n');
  writeFileSync(join(tree, 'file-3'), 'staged\n');
  git(tree, 'add', 'file-3');
  const state = () => [git(tree, 'status', '--porcelain'), git(tree, 'diff', 'HEAD'), git(tree, 'diff', '--cached'), git(tree, 'symbolic-ref', 'HEAD'), git(tree, 'for-each-ref'), existsSync(join(tree, '.git/BISECT_LOG'))];
  const before = state();
  const at = await bench(tree, ids);
  assert.is(sure((await go(at, at.begun)).end).last.kind, 'found');
  assert.equal(state(), before);
  sure(await removeWorktree(at.worktree.path, at.repository));
  assert.equal(state(), before);
  assert.is(git(tree, 'worktree', 'list', '--porcelain').match(/^worktree /gm)?.length, 1);
});

test('interrupted anywhere it goes on: no commit is tested twice', async ({ dir }) => {
  for (const killedAt of [4]) {
    const tree = join(dir, `linux-${killedAt}`);
    const ids = littleHistory(tree, history(11));
    const at = await bench(tree, ids);
    const first = await go(at, at.begun, killedAt);
    assert.ok(interruption.is(first.end, 'interrupted'));
    const kept = readBisect(at.notes);
    assert.is(kept?.tested.length ?? 0, killedAt - 1);
    const again = await bench(tree, ids);
    const second = await go(again, kept ?? at.begun);
    assert.equal(sure(second.end).last, { kind: 'found', commit: ids[11] });
    assert.is(first.tests.length + second.tests.length, 6);
    assert.is(new Set([...first.tests, ...second.tests]).size, 6);
  }
});

test('what a kill leaves in the worktree is put right: a lock, files half written, files that the index has not', async ({ tree }) => {
  const ids = littleHistory(tree, history(9));
  const at = await bench(tree, ids);
  sure(await at.worktree.checkout(ids[2] ?? ''));
  writeFileSync(join(at.worktree.path, 'state'), 'half');
  rmSync(join(at.worktree.path, 'file-1'));
  writeFileSync(join(at.worktree.path, 'file-7'), 'of the commit that was to come');
  writeFileSync(join(at.worktree.path, 'state.o'), 'built');
  const gitDir = git(at.worktree.path, 'rev-parse', '--absolute-git-dir').trim();
  writeFileSync(join(gitDir, 'index.lock'), '');
  const again = await bench(tree, ids);
  sure(await again.worktree.checkout(ids[8] ?? ''));
  assert.is(readFileSync(join(tree, '.kloop/history/tree/state'), 'utf8'), 'good 8\n');
  assert.is(readFileSync(join(tree, '.kloop/history/tree/file-7'), 'utf8'), '7\n');
  assert.is(git(at.worktree.path, 'status', '--porcelain'), '?? state.o\n', 'what was built stays');
});

test("a worktree that has lost its .git is made again, and nothing is checked out in the user's tree", async ({ tree }) => {
  const ids = littleHistory(tree, history(9));
  const at = await bench(tree, ids);
  rmSync(join(at.worktree.path, '.git'));
  writeFileSync(join(tree, 'state'), 'mine\n');
  assert.ok(isFailure(await at.worktree.checkout(ids[2] ?? '')), 'not that of the repository around it');
  assert.is(readFileSync(join(tree, 'state'), 'utf8'), 'mine\n');
  const again = await bench(tree, ids);
  sure(await again.worktree.checkout(ids[2] ?? ''));
  assert.is(readFileSync(join(again.worktree.path, 'state'), 'utf8'), 'good 2\n');
});

test('one that was removed by hand is made again', async ({ tree }) => {
  const ids = littleHistory(tree, history(9));
  await bench(tree, ids);
  rmSync(join(tree, '.kloop'), { recursive: true });
  const at = await bench(tree, ids);
  sure(await at.worktree.checkout(ids[2] ?? ''));
  assert.is(readFileSync(join(at.worktree.path, 'state'), 'utf8'), 'good 2\n');
});

test('commits that cannot be tested are skipped; where only they are left, it is one of them', async ({ dir }) => {
  const around = littleHistory(join(dir, 'around'), history(11, [8, 9]));
  const one = await bench(join(dir, 'around'), around);
  assert.equal(sure((await go(one, one.begun)).end).last, { kind: 'found', commit: around[11] });
  const among = littleHistory(join(dir, 'among'), history(11, [9, 10]));
  const other = await bench(join(dir, 'among'), among);
  const { last, bisect } = sure((await go(other, other.begun)).end);
  assert.is(last.kind, 'unclear');
  assert.equal(last.kind === 'unclear' ? [...last.commits].sort() : [], [among[9], among[10], among[11]].sort());
  assert.ok(bisect.over);
});

test('an end that is not what it is said to be is told, before anything else is tested', async ({ dir }) => {
  const cases: [name: string, states: Verdict[], end: string, tests: number][] = [
    ['never bad', history(99), 'bad', 1], ['always bad', history(0), 'good', 2], ['no telling', ['skip', ...history(9)], 'good', 2],
  ];
  for (const [name, states, end, count] of cases) {
    const tree = join(dir, name.replace(' ', '-'));
    const at = await bench(tree, littleHistory(tree, states));
    const { end: failure, tests } = await go(at, at.begun);
    assert.ok(historyFailure.is(failure, 'end-is-not-so'), name);
    assert.is(isFailure(failure) && 'end' in failure.detail ? failure.detail.end : '', end);
    assert.is(tests.length, count);
  }
});

test('one goes on with another only where both ask the same', () => {
  const one: Bisect = { repository: '/r', tree: '/t', good: 'a', bad: 'b', command: ['x', 'y'], tested: [], over: false };
  assert.ok(isSameQuestion(one, { ...one, tree: '/another-worktree', over: true }));
  for (const other of [{ good: 'c' }, { bad: 'c' }, { command: ['x y'] }, { repository: '/other' }]) assert.not(isSameQuestion(one, { ...one, ...other }));
});

test('notes that are no notes count as none', ({ dir }) => {
  assert.is(readBisect(join(dir, 'none')), undefined);
  for (const text of ['', '{', '{"good":"a"}', '[]']) {
    writeFileSync(join(dir, 'notes'), text);
    assert.is(readBisect(join(dir, 'notes')), undefined, text);
  }
});

test.run();
