import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isLeftover } from '../../../tasks/kernel/quick/leftover.ts';

const makefile = `# bpf.o is for BPF
obj-$(CONFIG_MPTCP) += mptcp.o
mptcp-y := protocol.o subflow.o \\
	   options.o
obj-$(CONFIG_SYN_COOKIES) += syncookies.o
mptcp_crypto_test-objs := crypto_test.o
obj-$(CONFIG_MPTCP_KUNIT_TEST) += mptcp_crypto_test.o mptcp_token_test.o
obj-$(CONFIG_BPF_SYSCALL) += bpf.o
twice-$(CONFIG_ON) += twice.o
twice-$(CONFIG_OFF) += twice.o
`;
const on = new Set(['MPTCP', 'SYN_COOKIES', 'ON']);

test('asked for by an option that is off', () => {
  assert.ok(isLeftover('bpf.o', makefile, on));
  assert.ok(isLeftover('mptcp_token_test.o', makefile, on));
});

test('asked for by an option that is on, or always', () => {
  for (const object of ['mptcp.o', 'protocol.o', 'options.o', 'syncookies.o', 'crypto_test.o', 'twice.o']) assert.not.ok(isLeftover(object, makefile, on), object);
});

test('what the makefile does not name is not known to be left', () => {
  assert.not.ok(isLeftover('other.o', makefile, on));
  assert.not.ok(isLeftover('pf.o', makefile, on));
});

test.run();
