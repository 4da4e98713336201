/** Who joins the paths, and who chooses between them: a path manager in userspace, and schedulers that a kernel has not. */
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop } from '../../support/kloop.ts';
import { testIf } from '../../support/skip-unless.ts';
import { fetchScript, isFrom, kernel, labPlace } from './lab-place.ts';

const { dir, env } = labPlace(test);
const hasUserspace = isFrom(5, 19);
if (!hasUserspace) console.log('# skipped: KLOOP_TEST_KERNEL leaves the paths of Multipath TCP to no program (5.19 does)');

const blob = randomBytes(3_000_000);
/** Gets it over two paths, by IPv4. */
const fetched = (script: string, ...args: string[]) => {
  writeFileSync(join(dir, 'blob'), blob);
  writeFileSync(join(dir, 'fetch.sh'), `cat /proc/sys/net/mptcp/pm_type\n${script}\n${fetchScript(join(dir, 'blob'), 1000)}cat /sys/class/net/sym/statistics/rx_bytes /sys/class/net/sym2/statistics/rx_bytes\n`);
  return kloop(['vm', '--kernel', kernel, '--path', 'sym', '--path', 'sym', ...args, '--timeout', '100s', '--', 'bash', join(dir, 'fetch.sh')], { cwd: dir, env });
};

testIf(hasUserspace, test)('userspace: the kernel joins nothing, and the program does: both paths have data, also for a second connection, and by IPv6', async () => {
  const ended = await fetched("exec 4<>/dev/tcp/peer6/7; echo hello >&4; read -r said <&4", '--mptcp', 'userspace');
  assert.is(ended.status, 0, ended.stderr);
  const [type, got, first, second] = ended.stdout.split('\n');
  assert.equal([type, got?.split(' ')[0]], ['1', createHash('sha256').update(blob).digest('hex')]);
  assert.ok(Number(first) > blob.length / 10 && Number(second) > blob.length / 10, ended.stdout);
  assert.match(ended.stderr, 'Multipath TCP: 2 connections, 2 subflows joined');
});

testIf(hasUserspace, test)('userspace:own: as the kernel has it, nothing is joined by anybody', async () => {
  const ended = await fetched('', '--mptcp', 'userspace:own');
  assert.is(ended.status, 0, ended.stderr);
  assert.match(ended.stdout, /^1\n/);
  assert.match(ended.stderr, 'Multipath TCP: 1 connection, 0 subflows joined');
});

test('a scheduler that this kernel has not: what it has, and what those take that are BPF programs', async () => {
  const { status, stderr } = await kloop(['vm', '--kernel', kernel, '--path', 'sym', '--scheduler', 'bpf_rr', '--', 'true'], { cwd: dir, env });
  assert.is(status, 125, stderr);
  assert.match(stderr, isFrom(6, 6) ? /called bpf_rr(: it has default)?\. One that is a BPF program is loaded by the command/ : /called bpf_rr, nor any choice of them: upstream has that from Linux 6\.6 on\. One that is a BPF program is loaded by the command/);
});

test.run();
