import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bringUp } from '../../tasks/graph/execute.ts';
import { makePlan } from '../../tasks/graph/plan.ts';
import { isFailure } from '../../tasks/report/failure.ts';
import { FakeWorld } from '../support/fake-world.ts';

const settle = (world: FakeWorld) => {
  world.save('in', 'main.c');
  return world.targets({ name: 'config', inputs: ['in'] }, { name: 'kernel', needs: ['config'], inputs: ['config', 'main.c'] });
};

const kinds = async (world: FakeWorld, targets: ReturnType<typeof settle>) => {
  const plan = await makePlan(targets, ['kernel'], world);
  if (isFailure(plan)) throw new Error(plan.detail.reason);
  return plan.map(({ target, freshness }) => `${target.name} ${freshness.kind}`);
};

test('what waits for a stale need is decided after it', async () => {
  const world = new FakeWorld();
  assert.equal(await kinds(world, settle(world)), ['config stale', 'kernel after']);
});

test('a plan writes nothing, and agrees with the run', async () => {
  const world = new FakeWorld();
  const targets = settle(world);
  await makePlan(targets, ['kernel'], world);
  assert.is(world.kept.size, 0);
  await bringUp(targets, { goals: ['kernel'], signal: new AbortController().signal, emit: () => undefined }, world);
  assert.equal(await kinds(world, targets), ['config fresh', 'kernel fresh']);
  world.save('main.c');
  assert.equal(await kinds(world, targets), ['config fresh', 'kernel stale']);
});

test.run();
