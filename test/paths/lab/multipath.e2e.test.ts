/** Who joins the paths, and who chooses between them: a path manager in userspace, and schedulers that a kernel has not. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../../tasks/host/files.ts';
import { kloop } from '../../support/kloop.ts';
import { testIf } from '../../support/skip-unless.ts';
import { fetchScript, holds, isFrom, kernel, labPlace } from './lab-place.ts';

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
  const absent = await kloop(['vm', '--kernel', kernel, '--path', 'sym', '--scheduler', 'rr.bpf.o', '--', 'true'], { cwd: dir, env });
  assert.equal([absent.status, absent.stderr.includes(`there is no file ${join(dir, 'rr.bpf.o')}`)], [125, true], absent.stderr);
  writeFileSync(join(dir, 'rr.bpf.o'), '');
  const program = await kloop(['vm', '--kernel', kernel, '--path', 'sym', '--scheduler', 'rr.bpf.o', '--', 'true'], { cwd: dir, env });
  assert.equal([program.status, program.stderr.includes("this kernel takes no BPF program as Multipath TCP's scheduler. A scheduler that is a BPF program takes a kernel of mptcp-next's tree")], [125, true], program.stderr);
  assert.match(stderr, isFrom(6, 6) ? /called bpf_rr(: it has default)?\. A scheduler that is a BPF program takes/ : /called bpf_rr, nor any choice of them: upstream has that from Linux 6\.6 on\. A scheduler that is a BPF program takes/);
});

const clang = findProgram('clang');
const takesBpf = clang !== undefined && findProgram('bpftool') !== undefined && holds('bpf_struct_ops_mptcp_sched_ops');
if (!takesBpf) console.log("# skipped: KLOOP_TEST_KERNEL is none of mptcp-next's with type information, or there is no clang or bpftool");

testIf(takesBpf, test)('a scheduler that is a BPF program is loaded into both machines: redundant, all goes over each path', async () => {
  writeFileSync(join(dir, 'every.bpf.c'), `
    struct mptcp_sock {}; struct sock {}; struct mptcp_subflow_context {};
    struct bpf_iter_mptcp_subflow { unsigned long long opaque[2]; };
    struct mptcp_sched_ops { int (*get_send)(struct mptcp_sock *); int (*get_retrans)(struct mptcp_sock *); char name[16]; };
    #define IN(part) __attribute__((section(part), used))
    extern int bpf_iter_mptcp_subflow_new(struct bpf_iter_mptcp_subflow *it, struct sock *sk) IN(".ksyms");
    extern struct mptcp_subflow_context *bpf_iter_mptcp_subflow_next(struct bpf_iter_mptcp_subflow *it) IN(".ksyms");
    extern void bpf_iter_mptcp_subflow_destroy(struct bpf_iter_mptcp_subflow *it) IN(".ksyms");
    extern void mptcp_subflow_set_scheduled(struct mptcp_subflow_context *subflow, _Bool scheduled) IN(".ksyms");
    char _license[] IN("license") = "GPL";
    static int every(unsigned long long *context)
    {
      struct bpf_iter_mptcp_subflow it;
      struct mptcp_subflow_context *subflow;
      bpf_iter_mptcp_subflow_new(&it, (struct sock *)context[0]);
      while ((subflow = bpf_iter_mptcp_subflow_next(&it)))
        mptcp_subflow_set_scheduled(subflow, 1);
      bpf_iter_mptcp_subflow_destroy(&it);
      return 0;
    }
    IN("struct_ops/get_send") int get_send(unsigned long long *context) { return every(context); }
    IN("struct_ops/get_retrans") int get_retrans(unsigned long long *context) { return every(context); }
    IN(".struct_ops") struct mptcp_sched_ops ops = { .get_send = (void *)get_send, .get_retrans = (void *)get_retrans, .name = "every" };
  `);
  execFileSync(clang ?? '', ['-g', '-O2', '-target', 'bpf', '-c', 'every.bpf.c', '-o', 'every.bpf.o'], { cwd: dir });
  const ended = await fetched('cat /proc/sys/net/mptcp/scheduler >&2', '--scheduler', 'every.bpf.o');
  assert.is(ended.status, 0, ended.stderr);
  const [, got, first, second] = ended.stdout.split('\n');
  assert.is(got?.split(' ')[0], createHash('sha256').update(blob).digest('hex'));
  assert.match(ended.stderr, /^every$/m);
  assert.not.match(ended.stderr, 'scheduled as by default');
  assert.ok(Number(first) + Number(second) > 1.5 * blob.length, ended.stdout);
});

test.run();
