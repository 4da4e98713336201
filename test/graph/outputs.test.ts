import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bringUp } from '../../tasks/graph/execute.ts';
import { explain } from '../../tasks/graph/explain.ts';
import { makePlan } from '../../tasks/graph/plan.ts';
import type { StaleReason, Target } from '../../tasks/graph/target.ts';
import { isFailure } from '../../tasks/report/failure.ts';
import { FakeWorld } from '../support/fake-world.ts';
import { interruption } from '../../tasks/report/interrupted.ts';

const run = async (world: FakeWorld, targets: Map<string, Target>): Promise<StaleReason[]> => {
  world.events.length = 0;
  await bringUp(targets, { goals: ['init'], signal: new AbortController().signal, emit: (event) => world.events.push(event) }, world);
  return world.events.flatMap((event) => (event.kind === 'started' && event.reason !== undefined ? [event.reason] : []));
};

const planned = async (world: FakeWorld, targets: Map<string, Target>): Promise<string> => {
  const plan = await makePlan(targets, ['init'], world);
  if (isFailure(plan)) throw new Error(plan.detail.reason);
  const freshness = plan[0]?.freshness;
  return freshness?.kind === 'stale' ? explain(freshness.reason) : freshness?.kind ?? '';
};

test('an output that something else has written is stale, in the plan and in the run', async () => {
  const world = new FakeWorld();
  const targets = world.targets({ name: 'init' });
  await run(world, targets);
  assert.is(await planned(world, targets), 'fresh');
  world.save('init');
  assert.is(await planned(world, targets), 'init was changed by something other than kloop');
  assert.equal(await run(world, targets), [{ kind: 'output-changed', path: 'init' }]);
  assert.equal(await run(world, targets), []);
});

test('so is one whose time and size were put back', async () => {
  const world = new FakeWorld();
  const targets = world.targets({ name: 'init', make: () => { world.contents.delete('init'); return {}; } });
  await run(world, targets);
  world.contents.set('init', 'garbled');
  assert.is(await planned(world, targets), 'init was changed by something other than kloop');
  assert.equal(await run(world, targets), [{ kind: 'output-changed', path: 'init' }]);
  assert.is(await planned(world, targets), 'fresh');
});

test('an edit is what is told of first', async () => {
  const world = new FakeWorld();
  world.save('init.c');
  const targets = world.targets({ name: 'init', inputs: ['init.c'] });
  await run(world, targets);
  world.save('init', 'init.c');
  assert.equal((await run(world, targets)).map((reason) => reason.kind), ['input-newer']);
});

test('a run that fails does not forget what the last good one made', async () => {
  const world = new FakeWorld();
  let broken = false;
  const targets = world.targets({ name: 'init', make: () => (broken ? interruption({ reason: 'interrupted', signal: 'x' }) : {}) });
  await run(world, targets);
  const made = world.kept.get('init:init')?.outputs;
  assert.ok(made);
  broken = true;
  world.save('init');
  await run(world, targets);
  assert.equal(world.kept.get('init:init')?.outputs, made);
});

test('what need not be there may be gone', async () => {
  const world = new FakeWorld();
  const made = world.targets({ name: 'init' });
  await run(world, made);
  world.files.delete('init');
  const needless: Target = { ...(made.get('init') as Target), judge: () => Promise.resolve({ kind: 'fresh', needless: true }) };
  assert.equal(await run(world, new Map([['init', needless]])), []);
});

test.run();
