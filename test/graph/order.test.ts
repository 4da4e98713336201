import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inOrder } from '../../tasks/graph/order.ts';
import { isFailure } from '../../tasks/report/failure.ts';
import { FakeWorld } from '../support/fake-world.ts';

const names = (goals: string[], needs: Record<string, string[]>) => {
  const targets = new FakeWorld().targets(...Object.entries(needs).map(([name, n]) => ({ name, needs: n })));
  const ordered = inOrder(targets, goals);
  return isFailure(ordered) ? ordered.detail : ordered.map((target) => target.name);
};

test('each target stands once, after its needs', () => {
  assert.equal(names(['kernel'], { kernel: ['config', 'source'], config: ['source'], source: [], other: [] }), ['source', 'config', 'kernel']);
});

test('a circle is told with its path', () => {
  assert.equal(names(['a'], { a: ['b'], b: ['c'], c: ['b'] }), { reason: 'cycle', path: ['b', 'c', 'b'] });
});

test('an unknown target is told with the nearest name', () => {
  assert.equal(names(['kernal'], { kernel: [], config: [] }), { reason: 'unknown-target', name: 'kernal', known: ['kernel', 'config'], nearest: 'kernel' });
});

test.run();
