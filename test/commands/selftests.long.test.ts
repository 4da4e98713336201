/**
 * Multipath TCP's own tests on the real tree, by `check`: their options are merged
 * and built in, their programs compiled; and each comes out as the same script does
 * by hand, in the same kernel.
 */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../tasks/host/files.ts';
import { installedTests } from '../../tasks/targets/selftests/wanted.ts';
import { kloop } from '../support/kloop.ts';
import { testIf } from '../support/skip-unless.ts';

const tree = process.env['KLOOP_TEST_TREE'] ?? '';
const lacking = ['rsync', 'nft', 'tc'].filter((program) => findProgram(program) === undefined);
if (lacking.length > 0) console.log(`# skipped, for lack of ${lacking.join(', ')}`);

/** Those that take seconds to minutes in an emulated guest; mptcp_join.sh and mptcp_connect.sh take hours. */
const programs = ['pm_netlink.sh', 'diag.sh', 'mptcp_sockopt.sh'];

interface Read {
  readonly tests: readonly { readonly id: string; readonly verdict: string; readonly log?: string; readonly tookMs?: number }[];
}

/** What a script says of its parts, without what differs from run to run. */
const results = (text: string): string[] => [...text.matchAll(/\[\s*(ok|fail|skip)\s*\]|^\s*(ok|not ok) \d+/gim)].map(([whole]) => whole.trim().toLowerCase().replaceAll(/\s+/g, ' '));

test.after(async () => {
  assert.is((await kloop(['config', '--reset'])).status, 0);
  const back = await kloop(['kernel', '--no-image']);
  assert.is(back.status, 0, back.stderr);
});

testIf(lacking.length === 0, test)("net/mptcp: as by hand", async () => {
  const ended = await kloop(['check', '--json', '--timeout', '30m', ...programs.map((program) => `net/mptcp:${program}`)]);
  assert.ok([0, 1].includes(ended.status ?? -1), ended.stderr);
  const { tests } = JSON.parse(ended.stdout) as Read;
  assert.equal(tests.map(({ id }) => id), programs.map((program) => `net/mptcp:${program}`), ended.stderr);
  const { dir } = installedTests(process.env['STATE_DIR'] ?? '', tree, 'net/mptcp');
  for (const [i, program] of programs.entries()) {
    const byHand = await kloop(['vm', '--timeout', '30m', '--', 'sh', '-c', `cd ${dir} && ./${program} 2>&1`]);
    const one = tests[i];
    const told = results(readFileSync(one?.log ?? '', 'utf8'));
    console.log(`# ${program}: ${one?.verdict}, ${told.filter((result) => /ok/.test(result) && !/not/.test(result)).length} of ${told.length} parts ok; by hand status ${byHand.status}`);
    assert.is(one?.verdict, byHand.status === 0 ? 'passed' : byHand.status === 4 ? 'skipped' : 'failed', byHand.stdout);
    assert.equal(told, results(byHand.stdout));
  }
});

test.run();
