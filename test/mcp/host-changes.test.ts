import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hostChanges, type PlanRow } from '../../tasks/mcp/host-changes.ts';

const row = (target: string, freshness: string, more: Partial<PlanRow> = {}): PlanRow => ({ target, title: target, freshness, ...more });

test('packages, a source and a bridge are what a person has to allow; what is built in the tree is not', () => {
  assert.equal(hostChanges([
    row('packages', 'stale', { words: 'missing: gcc' }), row('source', 'after', { after: ['packages'] }), row('config', 'after', { after: ['source'] }),
    row('kernel', 'stale', { words: 'never built' }), row('guest', 'stale', { words: 'input newer' }), row('bridge', 'stale', { words: 'there is no bridge0' }),
  ]), [
    { target: 'packages', words: 'missing: gcc', fix: 'npm run packages -- --install' },
    { target: 'source', words: 'decided after packages', fix: 'npm run source' },
    { target: 'bridge', words: 'there is no bridge0', fix: 'npm run bridge' },
  ]);
});

test('what is there, and what cannot be judged, is left to the run: that stops where it must, and says why', () => {
  assert.equal(hostChanges([row('packages', 'fresh'), row('source', 'unknowable', { words: 'not in a tree' }), row('bridge', 'fresh')]), []);
});

test('a kernel that is named needs no source', () => {
  assert.equal(hostChanges([row('source', 'stale', { words: 'not chosen yet' })], { ownKernel: true }), []);
  assert.is(hostChanges([row('packages', 'stale', { words: 'missing: qemu' })], { ownKernel: true }).length, 1);
});

test.run();
