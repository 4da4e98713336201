import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ownVersion } from '../../tasks/host/own-version.ts';

test('as package.json has it; words where there is none', () => {
  assert.match(ownVersion(new URL('../..', import.meta.url).pathname), /^\d+\.\d+\.\d+$/);
  assert.is(ownVersion('/nowhere'), 'of an unknown version');
});

test.run();
