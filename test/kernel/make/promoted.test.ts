import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { promotedWarnings, variableFor } from '../../../tasks/kernel/make/promoted.ts';

const said = (path: string, warning: string) => [`In file included from help.c:12:`, `${path}:56:23: error: pointer may be used after ‘realloc’ [-Werror=${warning}]`, '   56 | ret = realloc(ptr, size);', 'cc1: all warnings being treated as errors'];

test('the warnings that were made errors, each once', () => {
  assert.equal(promotedWarnings([...said('a.c', 'use-after-free'), ...said('b.c', 'use-after-free'), ...said('c.c', 'array-bounds'), ...said('d.c', 'implicit-fallthrough=5')]), ['use-after-free', 'array-bounds', 'implicit-fallthrough']);
  assert.equal(promotedWarnings(['a.c:1:2: warning: unused variable ‘x’ [-Wunused-variable]', "a.c:1:2: error: unknown type name 'x'"]), []);
});

test('the variable that reaches the compiler of a file', () => {
  const known = (path: string) => path.includes('/');
  assert.is(variableFor(said('subcmd-util.h', 'x'), known), 'HOSTCC');
  assert.is(variableFor(said('scripts/mod/modpost.c', 'x'), known), 'HOSTCC');
  assert.is(variableFor(said('arch/x86/boot/compressed/misc.c', 'x'), known), 'CC');
  assert.is(variableFor(said('net/mptcp/mptcp_output.c', 'x'), known), 'KCFLAGS');
});

test.run();
