import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildPlace } from '../../../tasks/kernel/inputs/place.ts';

const at = (source: string, build: string) => Object.values<string>({ ...buildPlace('/state', { source, build }) });

test('what is kept of a build goes by its build directory', () => {
  assert.equal(at('/moved', '/b'), at('/s', '/b'));
  assert.not.equal(at('/s', '/other'), at('/s', '/b'));
});

test('each file is apart from the others, of this build and of others, in the state directory', () => {
  const files = [...at('/s', '/b'), ...at('/s', '/other')];
  assert.is(new Set(files).size, files.length);
  assert.equal(files.filter((file) => !file.startsWith('/state/builds/')), []);
});

test.run();
