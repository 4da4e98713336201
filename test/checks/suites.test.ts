import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { matchesGlob, mayHoldSuites, optionsOf, suiteNames } from '../../tasks/checks/suites.ts';

test('the suites of a source: all of them, however they are registered', () => {
  assert.equal(suiteNames('static struct kunit_suite mptcp_token_suite = {\n\t.name = "mptcp-token",\n\t.test_cases = cases,\n};\nkunit_test_suite(mptcp_token_suite);\n'), ['mptcp-token']);
  assert.equal(suiteNames('struct kunit_suite a = { .init = i, .name = "a" };\nstatic struct kunit_suite b = {.name="b",};\nkunit_test_suites(&a, &b);'), ['a', 'b']);
  assert.equal(suiteNames('static struct driver d = { .name = "kunit" };'), []);
});

test('the option that builds it: by itself, or as a part of another object', () => {
  const makefile = 'obj-$(CONFIG_MPTCP) += mptcp.o\nmptcp_crypto_test-objs := crypto_test.o\nmptcp_token_test-objs := token_test.o\nobj-$(CONFIG_MPTCP_KUNIT_TEST) += mptcp_crypto_test.o \\\n\tmptcp_token_test.o\nobj-$(CONFIG_EXAMPLE) +=\tkunit-example-test.o # why\nobj-y += always.o\n';
  assert.equal(optionsOf(makefile, 'token_test.o'), ['MPTCP_KUNIT_TEST']);
  assert.equal(optionsOf(makefile, 'kunit-example-test.o'), ['EXAMPLE']);
  assert.equal(optionsOf(makefile, 'always.o'), []);
  assert.equal(optionsOf('a-objs := a.o\n', 'a.o'), []);
  assert.equal(optionsOf('ext4-inode-test-objs += inode-test.o\nobj-$(CONFIG_EXT4_KUNIT_TESTS) += ext4-inode-test.o', 'inode-test.o'), ['EXT4_KUNIT_TESTS']);
});

test('names of files with suites; globs', () => {
  assert.equal(['kunit-example-test.c', 'token_test.c', 'list_kunit.c', 'pm.c', 'Makefile'].filter(mayHoldSuites), ['kunit-example-test.c', 'token_test.c', 'list_kunit.c']);
  assert.ok(matchesGlob('mptcp*', 'mptcp-token'));
  assert.ok(matchesGlob('mptcp-token.*basic*', 'mptcp-token'));
  assert.not(matchesGlob('mptcp', 'mptcp-token'));
  assert.ok(matchesGlob('*', 'a.b') && matchesGlob('exampl?', 'example'));
});

test.run();
