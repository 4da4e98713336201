import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { explain } from '../../tasks/graph/explain.ts';
import type { StaleReason } from '../../tasks/graph/target.ts';

test('every reason that names a file names it as the caller shortens it', () => {
  const path = '/tree/net/a.c';
  const reasons: StaleReason[] = [
    { kind: 'output-missing', path }, { kind: 'output-changed', path }, { kind: 'input-newer', path, byMs: 3400 },
    { kind: 'input-future', path, aheadMs: 3_600_000 }, { kind: 'input-changed', path }, { kind: 'input-missing', path }, { kind: 'input-added', path },
  ];
  assert.equal(reasons.map((reason) => explain(reason, (name) => name.replace('/tree/', ''))), [
    'net/a.c is missing', 'net/a.c was changed by something other than kloop', 'input newer: net/a.c, by 3.4 s',
    'input dated 1 h 0 min in the future, so it is rebuilt every time until then: touch net/a.c', 'input changed: net/a.c', 'input removed: net/a.c', 'new file: net/a.c',
  ]);
  assert.is(explain({ kind: 'output-missing', path }), '/tree/net/a.c is missing');
});

test('how the last run ended, each in its own words', () => {
  const reasons: StaleReason[] = [{ kind: 'never-built' }, { kind: 'interrupted' }, { kind: 'failed' }, { kind: 'recipe-changed' }, { kind: 'state', words: 'there is no bridge' }];
  assert.equal(reasons.map((reason) => explain(reason)),
    ['never made by kloop', 'its last run was interrupted', 'its last run failed', 'its recipe changed', 'there is no bridge']);
});

test.run();
