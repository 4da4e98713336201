import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { outcomesOf, suitesIn } from '../../../tasks/checks/run/kunit.ts';

const output = `kloop-suite example
    # Subtest: example
    1..3
    # example_simple_test: initializing
    ok 1 - example_simple_test
    ok 2 - example_skip_test # SKIP this test should be skipped
    not ok 3 - bad
# example: pass:1 fail:1 skip:1 total:3
not ok 1 - example
kloop-suite mptcp-token
    # Subtest: mptcp-token
    1..1
    ok 1 - mptcp_token_test_req_basic
ok 2 - mptcp-token
kloop-suite hung
`;

test('an outcome for each suite, its tests below it', () => {
  const outcomes = outcomesOf(suitesIn(output), ['*'], ({ name }) => `/log/${name}`);
  assert.equal(outcomes.map(({ id, verdict, why }) => [id, verdict, why]), [
    ['kunit:example', 'failed', '1 of 3 failed'],
    ['kunit:mptcp-token', 'passed', undefined],
    ['kunit:hung', 'failed', 'it left no results: it may not have come to its end'],
  ]);
  assert.is(outcomes[0]?.log, '/log/example');
  assert.equal(outcomes[0]?.leaves.map(({ name, verdict }) => [name, verdict]), [['example_simple_test', 'passed'], ['example_skip_test', 'skipped'], ['bad', 'failed']]);
});

test('those that match', () => {
  assert.equal(outcomesOf(suitesIn(output), ['mptcp*', 'none']).map(({ id }) => id), ['kunit:mptcp-token']);
  assert.equal(suitesIn(''), []);
});

test.run();
