/**
 * The kernel's own tests on the real tree, by `check`: their options are merged and
 * built in, their programs compiled; and each comes out as the same program does by
 * hand, in the same kernel.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../tasks/host/files.ts';
import { installedTests } from '../../tasks/targets/selftests/wanted.ts';
import { kloop } from '../support/kloop.ts';
import { testIf } from '../support/skip-unless.ts';

const tree = process.env['KLOOP_TEST_TREE'] ?? '';
const lacking = ['rsync', 'nft', 'tc'].filter((program) => findProgram(program) === undefined);
if (!existsSync('/usr/include/sys/capability.h')) lacking.push("libcap's headers");
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

/** What `check` says of some programs of a collection is what each says by hand, in the same kernel. */
async function asByHand(collection: string, programs: readonly string[]): Promise<Read['tests']> {
  const ended = await kloop(['check', '--json', '--timeout', '30m', ...programs.map((program) => `${collection}:${program}`)]);
  assert.ok([0, 1].includes(ended.status ?? -1), ended.stderr);
  const { tests } = JSON.parse(ended.stdout) as Read;
  assert.equal(tests.map(({ id }) => id), programs.map((program) => `${collection}:${program}`), ended.stderr);
  const { dir } = installedTests(process.env['STATE_DIR'] ?? '', tree, collection);
  for (const [i, program] of programs.entries()) {
    const byHand = await kloop(['vm', '--timeout', '30m', '--', 'sh', '-c', `cd ${dir} && ./${program} 2>&1`]);
    const one = tests[i];
    const told = results(readFileSync(one?.log ?? '', 'utf8'));
    console.log(`# ${program}: ${one?.verdict}, ${told.filter((result) => /ok/.test(result) && !/not/.test(result)).length} of ${told.length} parts ok; by hand status ${byHand.status}`);
    assert.is(one?.verdict, byHand.status === 0 ? 'passed' : byHand.status === 4 ? 'skipped' : 'failed', byHand.stdout);
    assert.equal(told, results(byHand.stdout));
  }
  return tests;
}

testIf(lacking.length === 0, test)('net/mptcp: as by hand', async () => {
  await asByHand('net/mptcp', programs);
});

testIf(lacking.length === 0, test)('programs in C: as by hand', async () => {
  await asByHand('clone3', ['clone3', 'clone3_clear_sighand', 'clone3_set_tid']);
  await asByHand('seccomp', ['seccomp_bpf']);
});

testIf(lacking.length === 0, test)('a collection whose option is off: it is merged, built in, and the test passes', async () => {
  const option = /^CONFIG_CHECKPOINT_RESTORE=y$/m;
  assert.not.match(readFileSync(join(tree, '.config'), 'utf8'), option);
  const [one] = await asByHand('pidfd', ['pidfd_getfd_test']);
  assert.is(one?.verdict, 'passed');
  assert.match(readFileSync(join(tree, '.config'), 'utf8'), option);
});

test.run();
