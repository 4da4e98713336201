/** Shadow runs, with little programs in the place of another kloop. */
import { mkdtempSync, readFileSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Shadows, type Shadow } from '../../../tasks/watch/shadow/shadows.ts';
import type { Shadowed } from '../../../tasks/watch/shadow/words.ts';

const dir = mkdtempSync(join(tmpdir(), 'kloop-shadow-'));
test.after(() => { rmSync(dir, { recursive: true }); });

const program = (variant: string, script: string): Shadow => ({ variant, argv: ['sh', '-c', script], log: () => join(dir, `${variant}.log`) });

/** Them, what they told, and a promise of so many verdicts. */
function shadowsOf(...all: Shadow[]) {
  const told: [Shadowed, string | undefined][] = [];
  const notes: string[] = [];
  let enough: () => void = () => undefined;
  let wanted = Infinity;
  const shadows = new Shadows(all, {
    cwd: dir, note: (line) => notes.push(line),
    tell: (...one) => {
      told.push(one);
      if (told.length >= wanted) enough();
    },
  });
  const verdicts = (count: number) => new Promise<void>((resolve) => {
    wanted = count;
    enough = resolve;
  });
  return { shadows, told, notes, verdicts };
}

test('one after the other; what a bad one printed is kept, of a good one nothing', async () => {
  const { shadows, told, notes, verdicts } = shadowsOf(program('one', 'echo words; exit 0'), program('two', 'echo out; echo err >&2; exit 3'));
  const both = verdicts(2);
  shadows.begin(7);
  await both;
  assert.equal(notes, ['run 7: one follows in the background', 'run 7: two follows in the background']);
  assert.equal(told.map(([{ run, variant, verdict, exit }, log]) => [run, variant, verdict, exit, log]), [[7, 'one', 'passed', 0, undefined], [7, 'two', 'failed', 3, join(dir, 'two.log')]]);
  assert.equal(readFileSync(join(dir, 'two.log'), 'utf8').trim().split('\n').sort(), ['err', 'out']);
});

test('given up for the next run: it is gone, and so is what it started, before the next begins', async () => {
  // The first run's program ends only by a signal; the second finds its pid, and looks for it.
  const script = 'if test -e pid; then grep -qs "^State:.[^Z]" /proc/$(cat pid)/status && exit 9; exit 0; fi; sleep 1000 & echo $! > pid.new; mv pid.new pid; wait';
  const { shadows, told, verdicts } = shadowsOf(program('one', script));
  const watcher = watch(dir);
  const started = new Promise<void>((resolve) => { watcher.on('change', (_, name) => { if (name === 'pid') resolve(); }); });
  shadows.begin(1);
  await started;
  watcher.close();
  const done = verdicts(1);
  shadows.begin(2);
  await done;
  assert.equal(told.map(([{ run, exit }]) => [run, exit]), [[2, 0]]);
});

test('a build of which nothing came: those that have no verdict yet go on, the others do not', async () => {
  rmSync(join(dir, 'pid'), { force: true });
  const waits = 'if test -e pid; then exit 4; fi; echo x > pid.new; mv pid.new pid; sleep 1000';
  const { shadows, told, verdicts } = shadowsOf(program('one', 'exit 0'), program('two', waits));
  const watcher = watch(dir);
  const started = new Promise<void>((resolve) => { watcher.on('change', (_, name) => { if (name === 'pid') resolve(); }); });
  shadows.begin(5);
  await started;
  watcher.close();
  await shadows.makeWay();
  const both = verdicts(2);
  shadows.resume();
  await both;
  assert.equal(told.map(([{ run, variant, exit }]) => [run, variant, exit]), [[5, 'one', 0], [5, 'two', 4]]);
  // All are told: there is nothing to go on with, nor after they are given up.
  shadows.resume();
  await shadows.giveUp();
  shadows.resume();
  await shadows.makeWay();
  assert.is(told.length, 2);
});

test('the loop ends: nothing is told any more, and nothing runs', async () => {
  const { shadows, told } = shadowsOf(program('one', 'sleep 1000'), program('two', 'exit 0'));
  shadows.begin(1);
  await shadows.giveUp();
  assert.equal(told, []);
});

test('without a variant nothing is begun', async () => {
  const { shadows, notes } = shadowsOf();
  shadows.begin(1);
  await shadows.giveUp();
  assert.equal(notes, []);
});

test.run();
