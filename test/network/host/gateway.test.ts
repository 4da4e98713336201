import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isAsWanted } from '../../../tasks/network/host/gateway.ts';

test('a gateway that asks us has not answered us', () => {
  assert.equal(['REACHABLE', 'STALE', 'DELAY', 'INCOMPLETE', 'FAILED', ''].map((state) => isAsWanted(state, 'reachable')), [true, false, false, false, false, false]);
  assert.equal(['REACHABLE', 'STALE', 'INCOMPLETE', 'FAILED', ''].map((state) => isAsWanted(state, 'known')), [true, true, false, false, false]);
});

test.run();
