import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { historyPlace } from '../../tasks/history/place.ts';

test("all of it is in one directory, and bisect's .config is not that of each", () => {
  const place = historyPlace('/state');
  const paths = [place.tree, place.bisect, place.replay, place.logs, place.warnings, place.config('bisect'), place.config('each')];
  assert.is(place.dir, '/state/history');
  assert.ok(paths.every((path) => path.startsWith('/state/history/')), paths.join(' '));
  assert.is(new Set(paths).size, paths.length);
});

test.run();
