import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { byAge, isOwnName, limits, nameFor, tooMany } from '../../tasks/evidence/too-many.ts';

const names = (count: number) => Array.from({ length: count }, (_, i) => nameFor(Date.UTC(2026, 0, 1, 0, 0, i), 1));

test('a name is its second, and a number for more than one', () => {
  const ms = Date.UTC(2026, 10, 26, 15, 20, 9, 999);
  assert.equal([nameFor(ms, 1), nameFor(ms, 2)], ['20261126-152009', '20261126-152009-2']);
  assert.ok([nameFor(ms, 1), nameFor(ms, 12)].every(isOwnName));
});

test('by age, ten after two', () => {
  const sorted = ['20261126-152009', '20261126-152009-2', '20261126-152009-10', '20261126-152010'];
  assert.equal([...sorted].reverse().sort(byAge), sorted);
});

test('the oldest of too many go', () => {
  const all = names(23);
  assert.equal(tooMany(all.map((name) => ({ name, bytes: 1 }))).sort(), all.slice(0, 23 - limits.directories));
  assert.equal(tooMany(all.slice(3).map((name) => ({ name, bytes: 1 }))), []);
});

test('the oldest of too much go, and never the newest', () => {
  const [a = '', b = '', c = ''] = names(3);
  const most = { directories: 20, bytes: 10 };
  assert.equal(tooMany([{ name: a, bytes: 4 }, { name: b, bytes: 4 }, { name: c, bytes: 4 }], most), [a]);
  assert.equal(tooMany([{ name: a, bytes: 1 }, { name: b, bytes: 1 }, { name: c, bytes: 40 }], most), [b, a]);
});

test('what a person has renamed is theirs, and does not count', () => {
  assert.not(isOwnName('the-race'));
  assert.equal(tooMany([{ name: 'the-race', bytes: 40 }, ...names(2).map((name) => ({ name, bytes: 1 }))], { directories: 2, bytes: 10 }), []);
});

test.run();
