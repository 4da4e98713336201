import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pairsTable, spokenText } from '../../../tasks/paths/show/pairs.ts';

const counters = (more: object) => ({ connections: 0, joined: 0, accepted: 0, fallbacks: 0, again: 0, ...more });

test('what a pair spoke', () => {
  assert.is(spokenText(undefined), '-');
  assert.is(spokenText(counters({})), '-');
  assert.is(spokenText(counters({ accepted: 2 })), 'TCP');
  assert.is(spokenText(counters({ accepted: 2, connections: 1, joined: 1 })), 'MPTCP, 1 joined');
  assert.is(spokenText(counters({ accepted: 1, connections: 1, fallbacks: 1 })), 'TCP');
});

test('a line for each pair', () => {
  assert.equal(pairsTable([
    { client: '~/linux-4.19', server: 'debug', result: 'status 0', mptcp: counters({ accepted: 1 }), tookMs: 72_000 },
    { client: 'debug', server: '~/linux-4.19', result: 'the VM was lost', mptcp: undefined, tookMs: 90_000 },
  ]), [
    'CLIENT        SERVER        RESULT           SPOKE  TOOK',
    '~/linux-4.19  debug         status 0         TCP    1 min 12 s',
    'debug         ~/linux-4.19  the VM was lost  -      1 min 30 s',
  ]);
});

test.run();
