import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nearest } from '../../tasks/text/nearest.ts';

const known = ['vm', 'plan', 'kernel', 'bench'];

test('a misspelt name is recognised; one that is like none is not', () => {
  assert.is(nearest('plam', known), 'plan');
  assert.is(nearest('krenel', known), 'kernel');
  assert.is(nearest('mv', known), undefined);
  assert.is(nearest('frobnicate', known), undefined);
  assert.is(nearest('plan', []), undefined);
});

test.run();
