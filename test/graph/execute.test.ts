import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bringUp, momentOf } from '../../tasks/graph/execute.ts';
import type { Made, Target } from '../../tasks/graph/target.ts';
import { isFailure, type Result } from '../../tasks/report/failure.ts';
import { FakeWorld } from '../support/fake-world.ts';
import { interruption } from '../../tasks/report/interrupted.ts';
import { hostFailure } from '../../tasks/host/reasons.ts';

const run = async (world: FakeWorld, targets: Map<string, Target>, goals: string[], more: { force?: Set<string>; signal?: AbortSignal } = {}) => {
  world.events.length = 0;
  return bringUp(targets, { goals, signal: more.signal ?? new AbortController().signal, emit: (e) => world.events.push(e), ...(more.force ? { force: more.force } : {}) }, world);
};
const madeBy = async (...args: Parameters<typeof run>) => {
  const ran = await run(...args);
  if (isFailure(ran)) throw new Error(ran.detail.reason);
  return [...ran.made];
};
const chain = (world: FakeWorld) => {
  world.save('kernel.config', 'main.c');
  return world.targets(
    { name: 'config', inputs: ['kernel.config'] },
    { name: 'kernel', needs: ['config'], inputs: ['config', 'main.c'] },
  );
};

test('makes what is missing, each after its needs; then nothing', async () => {
  const world = new FakeWorld();
  const targets = chain(world);
  assert.equal(await madeBy(world, targets, ['kernel']), ['config', 'kernel']);
  assert.equal(await madeBy(world, targets, ['kernel']), []);
  assert.equal(world.told('skipped', 'started'), ['skipped config', 'skipped kernel']);
});

test('an edit remakes what reads it, and no more', async () => {
  const world = new FakeWorld();
  const targets = chain(world);
  await run(world, targets, ['kernel']);
  world.save('main.c');
  assert.equal(await madeBy(world, targets, ['kernel']), ['kernel']);
});

test('freshness is judged just before a target would run: a need that rewrites nothing leaves its dependents alone', async () => {
  const world = new FakeWorld();
  world.save('kernel.config', 'config');
  const targets = world.targets(
    { name: 'config', inputs: ['kernel.config'], output: '.config' },
    { name: 'kernel', needs: ['config'], inputs: ['content'] },
  );
  world.save('content');
  await run(world, targets, ['kernel']);
  world.save('kernel.config');
  assert.equal(await madeBy(world, targets, ['kernel']), ['config']);
});

test('it may go by a look that has begun already: what was saved since is made the next time', async () => {
  const world = new FakeWorld();
  world.save('main.c');
  const targets = world.targets({ name: 'kernel', inputs: ['main.c'] });
  const moment = momentOf(world);
  moment.look('main.c', 'remember');
  world.save('main.c');
  const ran = await bringUp(targets, { goals: ['kernel'], signal: new AbortController().signal, emit: () => undefined, moment }, world);
  assert.not(isFailure(ran));
  assert.equal(await madeBy(world, targets, ['kernel']), ['kernel']);
  assert.equal(await madeBy(world, targets, ['kernel']), []);
});

test('a save while the recipe runs makes it stale again', async () => {
  const world = new FakeWorld();
  world.save('main.c');
  let runs = 0;
  const targets = world.targets({ name: 'kernel', inputs: ['main.c'], make: () => { if (runs++ === 0) world.save('main.c'); return {}; } });
  assert.equal(await madeBy(world, targets, ['kernel']), ['kernel']);
  assert.equal(await madeBy(world, targets, ['kernel']), ['kernel']);
  assert.equal(await madeBy(world, targets, ['kernel']), []);
});

test('a failed recipe leaves its target stale, and its dependents untouched', async () => {
  const world = new FakeWorld();
  world.save('in');
  let broken = true;
  const targets = world.targets(
    { name: 'config', inputs: ['in'], make: () => (broken ? interruption({ reason: 'interrupted', signal: 'x' }) : {}) },
    { name: 'kernel', needs: ['config'], inputs: ['config'] },
  );
  const ran = await run(world, targets, ['kernel']);
  assert.ok(isFailure(ran));
  assert.equal(world.told('failed', 'started'), ['started config', 'failed config']);
  world.save('config'); // an output was left half made
  broken = false;
  assert.equal(await madeBy(world, targets, ['kernel']), ['config', 'kernel']);
});

test('a failure stops what has not begun, and waits for what has', async () => {
  const world = new FakeWorld();
  let release = () => {};
  const gate = new Promise<void>((resolve) => { release = resolve; });
  const targets = world.targets(
    { name: 'bad', make: () => interruption({ reason: 'interrupted', signal: 'x' }) },
    { name: 'slow', make: async () => { await gate; return {}; } },
    { name: 'later', needs: ['slow'] },
  );
  const running = run(world, targets, ['bad', 'later']);
  const racing = await Promise.race([running.then(() => 'ended'), new Promise((resolve) => setImmediate(() => resolve('running')))]);
  assert.is(racing, 'running');
  release();
  assert.ok(isFailure(await running));
  assert.equal(world.told('finished', 'started').sort(), ['finished slow', 'started bad', 'started slow']);
});

test('independent targets run side by side', async () => {
  const world = new FakeWorld();
  const seen: string[] = [];
  let bothIn = () => {};
  const both = new Promise<void>((resolve) => { bothIn = resolve; });
  // Each waits for the other: one after the other, they would never end.
  const meet = (name: string) => async () => { seen.push(name); if (seen.length === 2) bothIn(); await both; return {}; };
  const targets = world.targets({ name: 'a', make: meet('a') }, { name: 'b', make: meet('b') });
  assert.equal((await madeBy(world, targets, ['a', 'b'])).sort(), ['a', 'b']);
});

test('a second run waits for the first, says for whom, and finds the work done', async () => {
  const world = new FakeWorld();
  const targets = world.targets({ name: 'kernel' });
  world.held.set('kernel:kernel', {
    holder: 'kloop vm (pid 1)',
    released: Promise.resolve().then(() => {
      world.kept.set('kernel:kernel', { startedMs: world.tick(), recipe: 'recipe', finished: true, outputs: {} });
      world.save('kernel');
    }),
  });
  assert.equal(await madeBy(world, targets, ['kernel']), []);
  assert.equal(world.told('waiting', 'started', 'skipped'), ['waiting kernel', 'skipped kernel']);
});

test('one judgement serves the run, unless another run came in between', async () => {
  const world = new FakeWorld();
  world.save('main.c');
  let judged = 0;
  let given: unknown;
  const [plain] = world.targets({ name: 'kernel', inputs: ['main.c'], make: ({ found }) => { given = found; return {}; } }).values();
  assert.ok(plain);
  const kernel: Target = { ...plain, judge: async (past, look) => {
    const freshness = await plain.judge(past, look);
    return isFailure(freshness) || freshness.kind === 'fresh' ? freshness : { ...freshness, found: ++judged };
  } };
  const targets = new Map([['kernel', kernel]]);
  await run(world, targets, ['kernel']);
  assert.equal([judged, given], [1, 1]);
  world.save('main.c');
  world.held.set('kernel:kernel', { holder: 'kloop vm (pid 1)', released: Promise.resolve() });
  await run(world, targets, ['kernel']);
  assert.equal([judged, given], [3, 3]);
  world.held.clear();
  world.save('main.c');
  const lock = world.lock.bind(world);
  world.lock = async (...args) => {
    world.kept.set('kernel:kernel', { startedMs: world.tick(), recipe: 'recipe', finished: true, outputs: {} });
    return lock(...args);
  };
  assert.equal(await madeBy(world, targets, ['kernel']), []);
  // By the other run it is up to date.
  assert.equal([judged, given], [4, 3]);
});

test('what is saved after it was looked at is newer than the run', async () => {
  const world = new FakeWorld();
  world.save('main.c');
  const targets = world.targets({ name: 'kernel', inputs: ['main.c'] });
  const lock = world.lock.bind(world);
  world.lock = async (...args) => {
    world.save('main.c');
    return lock(...args);
  };
  assert.equal(await madeBy(world, targets, ['kernel']), ['kernel']);
  world.lock = lock;
  assert.equal(await madeBy(world, targets, ['kernel']), ['kernel']);
  assert.equal(await madeBy(world, targets, ['kernel']), []);
});

test('a failure, an interruption and an edit are told apart by the next run', async () => {
  const world = new FakeWorld();
  world.save('main.c');
  let outcome: Result<Made> = hostFailure({ reason: 'bad-usage', wrong: 'x', fix: [] });
  const targets = world.targets({ name: 'kernel', inputs: ['main.c'], make: () => outcome });
  const reason = async () => {
    await run(world, targets, ['kernel']);
    const started = world.events.find((event) => event.kind === 'started');
    return started?.kind === 'started' ? started.reason?.kind : undefined;
  };
  assert.is(await reason(), 'output-missing');
  assert.is(await reason(), 'failed');
  world.save('main.c');
  assert.is(await reason(), 'input-newer');
  outcome = interruption({ reason: 'interrupted', signal: 'SIGINT' });
  assert.is(await reason(), 'failed');
  outcome = {};
  assert.is(await reason(), 'interrupted');
  assert.is(await reason(), undefined);
});

test('the record says unfinished while the recipe runs', async () => {
  const world = new FakeWorld();
  let during: boolean | undefined;
  const targets = world.targets({ name: 'kernel', make: () => { during = world.kept.get('kernel:kernel')?.finished; return { details: 7 }; } });
  await run(world, targets, ['kernel']);
  assert.is(during, false);
  assert.equal(world.kept.get('kernel:kernel')?.finished, true);
  assert.equal(world.kept.get('kernel:kernel')?.details, 7);
});

test('what is forced runs though it is fresh', async () => {
  const world = new FakeWorld();
  const targets = chain(world);
  await run(world, targets, ['kernel']);
  assert.equal(await madeBy(world, targets, ['kernel'], { force: new Set(['config']) }), ['config', 'kernel']);
});

test.run();
