import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { shareOut, type Made } from '../../../tasks/checks/run/share-out.ts';
import { isFailure, type Result } from '../../../tasks/report/failure.ts';
import { interrupted } from '../../../tasks/report/interrupted.ts';

interface Hand { readonly name: string; usable: boolean }
const hands = (...names: string[]): Hand[] => names.map((name) => ({ name, usable: true }));
const done = <R>(...made: R[]): Made<R> => ({ done: true, made });

/** Promises that a test resolves when it will. */
function gates() {
  const open = new Map<string, () => void>();
  return { wait: (name: string) => new Promise<void>((resolve) => open.set(name, resolve)), open: (name: string) => open.get(name)?.() };
}
/** All that can go on without a gate has gone on. */
const settled = () => new Promise((resolve) => { setImmediate(resolve); });

test('each takes the next when it has done with one; what is made is in the order of the items', async () => {
  const { wait, open } = gates();
  const took: string[] = [];
  const shared = shareOut(['a', 'b', 'c', 'd'], hands('1', '2'), async (item, { name }) => {
    took.push(name + item);
    await wait(item);
    return done(item.toUpperCase());
  });
  await settled();
  assert.equal(took, ['1a', '2b']);
  open('b');
  await settled();
  assert.equal(took, ['1a', '2b', '2c']);
  for (const item of ['c', 'a']) {
    open(item);
    await settled();
  }
  assert.is(took.length, 4);
  open('d');
  assert.equal(await shared, { made: ['A', 'B', 'C', 'D'], left: [] });
});

test('one that cannot be done goes back, and another takes it; so also where the others have ended', async () => {
  const { wait, open } = gates();
  const took: string[] = [];
  const shared = shareOut(['a', 'b'], hands('bad', 'good'), async (item, hand): Promise<Result<Made<string>>> => {
    took.push(`${hand.name} ${item}`);
    await wait(`${hand.name} ${item}`);
    if (hand.name === 'good') return done(item);
    hand.usable = false;
    return { done: false, made: [`${hand.name} gave ${item} back`] };
  });
  await settled();
  open('good b');
  await settled();
  open('bad a');
  await settled();
  assert.equal(took, ['bad a', 'good b', 'good a']);
  open('good a');
  assert.equal(await shared, { made: ['bad gave a back', 'a', 'b'], left: [] });
});

test('where nobody is usable any more, the rest is left', async () => {
  const shared = await shareOut(['a', 'b', 'c'], hands('1', '2'), (item, hand): Promise<Result<Made<string>>> => {
    if (item === 'a') return Promise.resolve(done(item));
    hand.usable = false;
    return Promise.resolve({ done: false, made: [] });
  });
  assert.equal(shared, { made: ['a'], left: ['b', 'c'] });
});

test('a failure ends it: what runs comes to its end, nothing more is begun', async () => {
  const took: string[] = [];
  const { wait, open } = gates();
  const shared = shareOut(['a', 'b', 'c'], hands('1', '2'), async (item): Promise<Result<Made<string>>> => {
    took.push(item);
    await wait(item);
    return item === 'a' ? interrupted() : done(item);
  });
  await settled();
  open('a');
  await settled();
  open('b');
  assert.ok(isFailure(await shared));
  assert.equal(took, ['a', 'b']);
});

test('nothing to do', async () => {
  assert.equal(await shareOut([], hands('1'), () => Promise.resolve(done(1))), { made: [], left: [] });
});

test.run();
