import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { installDir, listPath, programsOf, selftestPlace, testsName } from '../../../tasks/targets/selftests/place.ts';

test("below STATE_DIR, another for each tree, never in it", () => {
  const [a, b] = [selftestPlace('/s', '/t/a'), selftestPlace('/s', '/t/b')];
  assert.ok(a.out.startsWith('/s/checks/') && a.installed.startsWith('/s/checks/'));
  assert.is.not(a.out, b.out);
  assert.is(installDir(a, 'net/mptcp'), `${a.installed}/net+mptcp`);
  assert.is(listPath(a, 'x'), `${a.installed}/x/kselftest-list.txt`);
  assert.is(testsName('net/mptcp'), 'tests-net+mptcp');
});

test("kselftest's list", () => {
  assert.equal(programsOf('net/mptcp:mptcp_connect.sh\nnet/mptcp:diag.sh\n\nnoise\n'), ['mptcp_connect.sh', 'diag.sh']);
});

test.run();
