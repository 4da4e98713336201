import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { covers, parseMaintainers, testsFor } from '../../tasks/checks/maintainers.ts';

const text = `List of maintainers
===================

Descriptions of section entries and preferred order
---------------------------------------------------

	M: *Mail* patches to: FullName <address@domain>
	F: *Files* and directories wildcard patterns.

Maintainers List
----------------

NETWORKING [GENERAL]
M:	"David S. Miller" <davem@davemloft.net>
S:	Maintained
F:	include/net/
F:	net/
F:	tools/testing/selftests/net/
X:	net/bluetooth/

NETWORKING [MPTCP]
M:	Mat Martineau <m@example.org>
F:	include/net/mptcp.h
F:	net/mptcp/
F:	tools/testing/selftests/bpf/*/*mptcp*.c
F:	tools/testing/selftests/net/mptcp/

RSEQ
F:	kernel/rseq.c
F:	tools/testing/selftests/rseq/

BONDING DRIVER
F:	drivers/net/bonding/
F:	tools/testing/selftests/drivers/net/bonding/

HMM
F:	mm/hmm*
F:	tools/testing/selftests/vm/*hmm*

SECURE COMPUTING
F:	kernel/seccomp.c
F:	tools/testing/selftests/seccomp/*

EDAC
F:	drivers/edac/

THE REST
M:	Linus Torvalds <t@example.org>
F:	*
F:	*/
`;
const sections = parseMaintainers(text);
const collections = ['bpf', 'vm', 'net', 'net/mptcp', 'net/forwarding', 'rseq', 'seccomp', 'drivers/net/bonding'];
const about = (...files: string[]) => testsFor(files, sections, collections).map(({ collection }) => collection);

test('sections have their titles, and the explanation at the head is none', () => {
  assert.equal(sections.map(({ title }) => title), ['NETWORKING [GENERAL]', 'NETWORKING [MPTCP]', 'RSEQ', 'BONDING DRIVER', 'HMM', 'SECURE COMPUTING', 'EDAC', 'THE REST']);
});

test('a pattern of a directory covers all below it, one of names the files in it', () => {
  assert.ok(covers('net/', 'net/mptcp/pm.c'));
  assert.ok(covers('net/mptcp', 'net/mptcp/pm.c'));
  assert.ok(covers('net/*', 'net/socket.c'));
  assert.not(covers('net/*', 'net/mptcp/pm.c'));
  assert.ok(covers('drivers/net/*/x.c', 'drivers/net/a/x.c'));
  assert.not(covers('net/', 'network.c'));
  assert.not(covers('net/a.c', 'net/a_c'));
});

test("the nearest section that names tests decides: net/mptcp's, not all of networking's", () => {
  assert.equal(about('net/mptcp/pm.c'), ['net/mptcp']);
  assert.equal(about('net/core/dev.c'), ['net']);
  assert.equal(about('net/bluetooth/hci.c'), []);
  assert.equal(about('kernel/seccomp.c', 'kernel/rseq.c'), ['seccomp', 'rseq']);
  assert.equal(about('drivers/net/bonding/bond_main.c'), ['drivers/net/bonding']);
  assert.equal(about('mm/hmm.c'), ['vm']);
});

test('a test of the kernel is about itself; a section without tests, and THE REST, about nothing', () => {
  assert.equal(about('tools/testing/selftests/net/mptcp/diag.sh'), ['net/mptcp']);
  assert.equal(about('drivers/edac/x.c', 'README'), []);
});

test('it says why', () => {
  assert.is(testsFor(['net/mptcp/pm.c'], sections, collections)[0]?.why, 'net/mptcp/pm.c is in NETWORKING [MPTCP] (F: net/mptcp/), which names F: tools/testing/selftests/net/mptcp/');
});

test.run();
