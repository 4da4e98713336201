import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chosenParts } from '../../tasks/bench/choose.ts';
import type { Comparison } from '../../tasks/bench/pairs.ts';

const comparison = (name: string): Comparison => ({ name, a: { label: 'a', run: () => Promise.resolve() }, goal: { is: 'alone', most: 1 } });
const parts = [
  { comparisons: [comparison('to vmlinux'), comparison('to a bzImage')], absent: [], restore: () => Promise.resolve() },
  { comparisons: [], absent: [], elsewhere: { names: ['bridge up'], measure: () => Promise.resolve([]) } },
];
const names = (wanted: string) => chosenParts(parts, wanted).map((part) => [...part.comparisons.map(({ name }) => name), ...(part.elsewhere?.names ?? [])]);

test('what is asked for by a part of its name, and no other program is started for it', () => {
  assert.equal(names(''), [['to vmlinux', 'to a bzImage'], ['bridge up']]);
  assert.equal(names('to a bzImage'), [['to a bzImage']]);
  assert.equal(names('bridge'), [['bridge up']]);
  assert.equal(names('nothing like it'), []);
  assert.type(chosenParts(parts, 'vmlinux')[0]?.restore, 'function');
});

test.run();
