/** What is looked at while a save settles. */
import { setImmediate } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LookAhead } from '../../../tasks/watch/files/look-ahead.ts';

const paths = Array.from({ length: 200 }, (_, i) => `/tree/${i}.c`);

/** A look that counts what it was asked. */
function open() {
  const looked: string[] = [];
  return { looked, look: (path: string) => { looked.push(path); return undefined; } };
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await setImmediate();
}

test('all that is known is looked at, and taken once; events have their turn meanwhile', async () => {
  const ahead = new LookAhead<ReturnType<typeof open>>();
  ahead.begin(open);
  assert.is(ahead.take(), undefined, 'nothing is known yet');
  ahead.know([paths.slice(0, 150), paths.slice(150)]);
  const moment = open();
  ahead.begin(() => moment);
  assert.equal(moment.looked, []);
  await turns(2);
  assert.ok(moment.looked.length < paths.length);
  await turns(10);
  assert.equal(moment.looked, paths);
  assert.is(ahead.take(), moment);
  assert.is(ahead.take(), undefined);
});

test('another change begins it anew; what was taken or forgotten is looked at no further', async () => {
  const ahead = new LookAhead<ReturnType<typeof open>>();
  ahead.know([paths]);
  const [first, second] = [open(), open()];
  ahead.begin(() => first);
  ahead.begin(() => second);
  await turns(10);
  assert.equal(first.looked, []);
  assert.equal(second.looked, paths);
  assert.is(ahead.take(), second);
  for (const end of ['take', 'forget'] as const) {
    const moment = open();
    ahead.begin(() => moment);
    ahead[end]();
    await turns(10);
    assert.equal(moment.looked, [], end);
  }
});

test.run();
