import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mergeChanges, outdatesBuild } from '../../../tasks/watch/files/change.ts';

test('changes: each path once, in order; what is certain replaces what was perhaps', () => {
  const merged = mergeChanges(
    [{ path: 'a', kind: 'source' }, { path: 'b', kind: 'perhaps' }],
    [{ path: 'b', kind: 'source' }, { path: 'a', kind: 'perhaps' }, { path: 'c', kind: 'command' }],
  );
  assert.equal(merged, [{ path: 'a', kind: 'source' }, { path: 'b', kind: 'source' }, { path: 'c', kind: 'command' }]);
  assert.equal(merged.map(outdatesBuild), [true, true, false]);
});

test.run();
