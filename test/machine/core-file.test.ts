import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { coreFile, coreName } from '../../tasks/machine/core-file.ts';

const test = suite('core-file');

test('a core is beside its console, and named for the same process', () => {
  const core = coreFile('/state/vm/vm/console-20261127-102824161-22623.log');
  assert.is(core, '/state/vm/vm/console-20261127-102824161-22623.core');
  for (const name of [core, `${core}.part`]) assert.is(coreName.exec(name.replace(/.*\//, ''))?.[1], '22623');
  assert.is(coreName.test('console-20261127-102824161-22623.log'), false);
});

test.run();
