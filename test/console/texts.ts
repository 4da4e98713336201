/**
 * Reports of kernels old and new, in the words of their sources' format
 * strings, with what must be read in them. Real consoles are in data/.
 */
import type { SplatKind } from '../../tasks/console/splat.ts';

interface Text {
  /** The kernel's version, and where its words are in the source. */
  readonly of: string;
  readonly kind: SplatKind;
  readonly title: string;
  readonly text: string;
  /** Lines of others among them, and how many follow it, which are not its own. */
  readonly others?: number;
  readonly cpu?: number;
  readonly pid?: number;
}

const trace = (...names: string[]) => ['Call Trace:', ' <TASK>', ...names.map((name) => ` ${name}+0x1b/0x40`), ' </TASK>'].join('\n');
const old = (...names: string[]) => ['Call Trace:', ...names.map((name, i) => ` [<ffffffff8104e2${(16 + i).toString(16)}>] ${name}+0x1b/0x40`)].join('\n');

export const texts: readonly Text[] = [
  {
    of: '3.14: warn_slowpath_common, kernel/panic.c', kind: 'warning', title: 'WARNING in tcp_send_loss_probe: odd', cpu: 1, pid: 4321,
    text: `------------[ cut here ]------------
WARNING: CPU: 1 PID: 4321 at net/ipv4/tcp_output.c:2019 tcp_send_loss_probe+0x1f2/0x210()
odd
Modules linked in: ipv6 e1000
CPU: 1 PID: 4321 Comm: iperf Not tainted 3.14.79 #1
Hardware name: Bochs Bochs, BIOS Bochs 01/01/2011
 0000000000000009 ffff88007fd03d68 ffffffff8150dd4e 0000000000000000
 ffff88007fd03da0 ffffffff8104e20d ffff88003d5e0000 0000000000000000
${old('dump_stack', 'warn_slowpath_common', 'warn_slowpath_null', 'tcp_send_loss_probe', 'tcp_write_timer_handler')}
---[ end trace 5a5c57dd3b8a0a3c ]---`,
  },
  {
    of: '3.10: the same, without the processor', kind: 'warning', title: 'WARNING in hrtimer_forward',
    text: `------------[ cut here ]------------
WARNING: at kernel/hrtimer.c:860 hrtimer_forward+0x11/0x20()
Modules linked in:
Pid: 0, comm: swapper/0 Not tainted 3.10.0 #1
${old('warn_slowpath_common', 'hrtimer_forward')}
---[ end trace 4eaa2a86a8e2da22 ]---`,
  },
  {
    of: '3.14: show_fault_oops, arch/x86/mm/fault.c, and __die', kind: 'oops', title: 'BUG: kernel NULL pointer dereference in mptcp_push', cpu: 0, pid: 77,
    text: `BUG: unable to handle kernel NULL pointer dereference at           (null)
IP: [<ffffffff8152d0a1>] mptcp_push+0x11/0x90
PGD 3b8e1067 PUD 3b8e2067 PMD 0
Oops: 0002 [#1] SMP
Modules linked in:
CPU: 0 PID: 77 Comm: sh Not tainted 3.14.79 #1
task: ffff88003d5e0000 ti: ffff88003d5f0000 task.ti: ffff88003d5f0000
RIP: 0010:[<ffffffff8152d0a1>]  [<ffffffff8152d0a1>] mptcp_push+0x11/0x90
RSP: 0018:ffff88003d5f1e58  EFLAGS: 00010246
Stack:
 ffff88003d5f1e88 ffffffff8152d0f0
${old('tcp_sendmsg', 'inet_sendmsg')}
Code: 00 00 55 48 89 e5 <c7> 04 25 00 00 00 00
RIP  [<ffffffff8152d0a1>] mptcp_push+0x11/0x90
 RSP <ffff88003d5f1e58>
CR2: 0000000000000000
---[ end trace 5a5c57dd3b8a0a3d ]---`,
  },
  {
    of: '3.14: print_circular_bug_header, kernel/locking/lockdep.c', kind: 'lockdep', title: 'WARNING: possible circular locking dependency detected in do_b', cpu: 0, pid: 312,
    text: `
======================================================
[ INFO: possible circular locking dependency detected ]
3.14.79 #1 Not tainted
-------------------------------------------------------
sh/312 is trying to acquire lock:
 (lock_a){+.+.+.}, at: [<ffffffff8110a6e1>] do_b+0x21/0x50

but task is already holding lock:
 (lock_b){+.+.+.}, at: [<ffffffff8110a6d1>] do_b+0x11/0x50

which lock already depends on the new lock.


the existing dependency chain (in reverse order) is:

-> #1 (lock_b){+.+.+.}:
       [<ffffffff8109c1b0>] lock_acquire+0x90/0x120
       [<ffffffff8150f6f1>] mutex_lock_nested+0x51/0x3a0
       [<ffffffff8110a681>] do_a+0x21/0x50

-> #0 (lock_a){+.+.+.}:
       [<ffffffff8109bb11>] __lock_acquire+0x1691/0x1b30
       [<ffffffff8110a6e1>] do_b+0x21/0x50

other info that might help us debug this:

 Possible unsafe locking scenario:

       CPU0                    CPU1
       ----                    ----
  lock(lock_b);
                               lock(lock_a);
                               lock(lock_b);
  lock(lock_a);

 *** DEADLOCK ***

1 lock held by sh/312:
 #0:  (lock_b){+.+.+.}, at: [<ffffffff8110a6d1>] do_b+0x11/0x50

stack backtrace:
CPU: 0 PID: 312 Comm: sh Not tainted 3.14.79 #1
Hardware name: Bochs Bochs, BIOS Bochs 01/01/2011
${old('dump_stack', 'print_circular_bug', '__lock_acquire', 'lock_acquire', 'mutex_lock_nested', 'do_b', 'write_it')}`,
  },
  {
    of: '3.14: lockdep_rcu_suspicious', kind: 'rcu-usage', title: 'WARNING: suspicious RCU usage in find_it', cpu: 0, pid: 51,
    text: `
===============================
[ INFO: suspicious RCU usage. ]
3.14.79 #1 Not tainted
-------------------------------
net/core/find.c:1917 suspicious rcu_dereference_check() usage!

other info that might help us debug this:


rcu_scheduler_active = 1, debug_locks = 0
no locks held by ip/51.

stack backtrace:
CPU: 0 PID: 51 Comm: ip Not tainted 3.14.79 #1
${old('dump_stack', 'lockdep_rcu_suspicious', 'find_it', 'rtnl_fill')}`,
  },
  {
    of: '3.14: print_cpu_stall, kernel/rcu/tree.c', kind: 'rcu-stall', title: 'rcu_sched detected stall in spin_forever', cpu: 0,
    text: `INFO: rcu_sched self-detected stall on CPU { 0}  (t=5250 jiffies g=7 c=6 q=11)
sending NMI to all CPUs:
NMI backtrace for cpu 0
CPU: 0 PID: 90 Comm: sh Not tainted 3.14.79 #1
RIP: 0010:[<ffffffff8152d0a1>]  [<ffffffff8152d0a1>] spin_forever+0x11/0x90
${old('write_it')}`,
  },
  {
    of: '3.14: watchdog_timer_fn, kernel/watchdog.c', kind: 'soft-lockup', title: 'BUG: soft lockup in spin_forever', cpu: 2, pid: 90,
    text: `BUG: soft lockup - CPU#2 stuck for 22s! [sh:90]
Modules linked in:
CPU: 2 PID: 90 Comm: sh Not tainted 3.14.79 #1
RIP: 0010:[<ffffffff8152d0a1>]  [<ffffffff8152d0a1>] spin_forever+0x11/0x90
${old('write_it')}`,
  },
  {
    of: '4.19: kasan_report, mm/kasan/report.c', kind: 'kasan', title: 'BUG: KASAN: use-after-free in mptcp_close', cpu: 1, pid: 901,
    text: `==================================================================
BUG: KASAN: use-after-free in mptcp_close+0x4b/0x120
Read of size 8 at addr ffff8880362c4a10 by task server/901

CPU: 1 PID: 901 Comm: server Not tainted 4.19.126 #1
Call Trace:
 dump_stack+0x71/0xa0
 print_address_description+0x65/0x22e
 kasan_report.cold.6+0x241/0x2fd
 mptcp_close+0x4b/0x120

Allocated by task 901:
 kasan_kmalloc+0xa0/0xd0
 mptcp_create+0x12/0x90

Freed by task 12:
 __kasan_slab_free+0x125/0x170
 mptcp_free+0x12/0x90

The buggy address belongs to the object at ffff8880362c4a00
 which belongs to the cache kmalloc-64 of size 64
Memory state around the buggy address:
 ffff8880362c4900: fb fb fb fb fb fb fb fb fc fc fc fc fc fc fc fc
>ffff8880362c4a00: fb fb fb fb fb fb fb fb fc fc fc fc fc fc fc fc
                         ^
==================================================================`,
  },
  {
    of: '4.19: ubsan_prologue, lib/ubsan.c', kind: 'ubsan', title: 'UBSAN: undefined behaviour in shift_it', cpu: 0, pid: 33,
    text: `================================================================================
UBSAN: Undefined behaviour in net/mptcp/shift.c:27:12
shift exponent 64 is too large for 32-bit type 'int'
CPU: 0 PID: 33 Comm: sh Not tainted 4.19.126 #1
Call Trace:
 dump_stack+0x46/0x5b
 ubsan_epilogue+0x9/0x40
 __ubsan_handle_shift_out_of_bounds+0xdf/0x130
 shift_it+0x1a/0x30
================================================================================`,
  },
  {
    of: '4.19: hung task, kernel/hung_task.c and sched_show_task', kind: 'hung-task', title: 'INFO: task hung in wait_for_peer', pid: 61,
    text: `INFO: task kworker/u4:1:61 blocked for more than 120 seconds.
      Not tainted 4.19.126 #1
"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.
kworker/u4:1    D    0    61      2 0x80000000
Workqueue: events wait_work
Call Trace:
 __schedule+0x1f2/0x5d0
 schedule+0x28/0x80
 schedule_timeout+0x1d1/0x2f0
 wait_for_completion+0xa3/0x110
 wait_for_peer+0x12/0x30`,
  },
  {
    of: '4.19: out_of_memory, mm/oom_kill.c', kind: 'oom', title: 'Out of memory: killed stress', cpu: 0, pid: 70,
    text: `stress invoked oom-killer: gfp_mask=0x6280ca(GFP_HIGHUSER_MOVABLE|__GFP_ZERO), nodemask=(null), order=0, oom_score_adj=0
CPU: 0 PID: 70 Comm: stress Not tainted 4.19.126 #1
Call Trace:
 dump_stack+0x46/0x5b
Mem-Info:
active_anon:50123 inactive_anon:10 isolated_anon:0
[ pid ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
Out of memory: Kill process 70 (stress) score 880 or sacrifice child
Killed process 70 (stress) total-vm:227556kB, anon-rss:224584kB, file-rss:1276kB, shmem-rss:0kB`,
  },
  {
    of: '6.1: CHECK_DATA_CORRUPTION with BUG_ON_DATA_CORRUPTION', kind: 'list', title: 'list_del corruption in drop_it', cpu: 0, pid: 44,
    text: `list_del corruption, ffff8880026a0000->next is LIST_POISON1 (dead000000000100)
------------[ cut here ]------------
kernel BUG at lib/list_debug.c:56!
invalid opcode: 0000 [#1] PREEMPT SMP
CPU: 0 PID: 44 Comm: sh Not tainted 6.1.192 #1
RIP: 0010:__list_del_entry_valid.cold+0xf/0x6f
${trace('drop_it', 'write_it')}
---[ end trace 0000000000000000 ]---`,
  },
  {
    of: '6.1: the same as a WARN', kind: 'list', title: 'list_add corruption in put_it', cpu: 0, pid: 44,
    text: `------------[ cut here ]------------
list_add corruption. prev->next should be next (ffffffff81feeca8), but was 0000000000000000. (prev=ffff8880026a0000).
WARNING: CPU: 0 PID: 44 at lib/list_debug.c:30 __list_add_valid+0x7a/0xa0
CPU: 0 PID: 44 Comm: sh Not tainted 6.1.192 #1
RIP: 0010:__list_add_valid+0x7a/0xa0
${trace('put_it', 'write_it')}
---[ end trace 0000000000000000 ]---`,
  },
  {
    of: '6.1: slab_bug, mm/slub.c', kind: 'slab', title: 'BUG kmalloc-64: Right Redzone overwritten', cpu: 0, pid: 28,
    text: `=============================================================================
BUG kmalloc-64 (Tainted: G    B            ): Right Redzone overwritten
-----------------------------------------------------------------------------

0xffff8880030a1a40-0xffff8880030a1a47 @offset=2624. First byte 0x0 instead of 0xcc
Allocated in make_it+0x23/0x50 age=12 cpu=0 pid=28
 __kmem_cache_alloc_node+0x1c0/0x2f0
 make_it+0x23/0x50
Slab 0xffffea00000c2840 objects=21 used=4 fp=0xffff8880030a1b00 flags=0x100000000000200(slab|node=0|zone=1)
Object 0xffff8880030a1a00 @offset=2560 fp=0x0000000000000000

Redzone  ffff8880030a19c0: cc cc cc cc cc cc cc cc cc cc cc cc cc cc cc cc  ................
CPU: 0 PID: 28 Comm: sh Tainted: G    B              6.1.192 #1
${trace('dump_stack_lvl', 'check_bytes_and_report', 'free_debug_processing', 'free_it')}`,
  },
  {
    of: '6.1: __might_resched, kernel/sched/core.c', kind: 'sleeping', title: 'BUG: sleeping function called from invalid context at kernel/locking/mutex.c in take_it', cpu: 0, pid: 28,
    text: `BUG: sleeping function called from invalid context at kernel/locking/mutex.c:580
in_atomic(): 1, irqs_disabled(): 0, non_block: 0, pid: 28, name: sh
preempt_count: 1, expected: 0
RCU nest depth: 0, expected: 0
1 lock held by sh/28:
 #0: ffffffff81feeca8 (&fault_lock){+.+.}-{2:2}, at: take_it+0xa/0x40
Preemption disabled at:
[<ffffffff814bb23a>] take_it+0xa/0x40
CPU: 0 PID: 28 Comm: sh Not tainted 6.1.192 #1
${trace('dump_stack_lvl', '__might_resched', 'mutex_lock', 'take_it')}`,
  },
  {
    of: '6.1: __schedule_bug', kind: 'atomic', title: 'BUG: scheduling while atomic in fault_atomic', cpu: 0, pid: 28,
    text: `BUG: scheduling while atomic: sh/28/0x00000002
Modules linked in:
CPU: 0 PID: 28 Comm: sh Not tainted 6.1.192 #1
${trace('dump_stack_lvl', '__schedule_bug', '__schedule', 'schedule', 'schedule_timeout', 'msleep', 'fault_atomic')}`,
  },
  {
    of: '6.1: report_kfence, mm/kfence/report.c', kind: 'kfence', title: 'BUG: KFENCE: use-after-free read in fault_read', cpu: 0, pid: 30,
    text: `==================================================================
BUG: KFENCE: use-after-free read in fault_read+0x1b/0x40

Use-after-free read at 0x000000006cb0c12a (in kfence-#77):
 fault_read+0x1b/0x40
 fault_write+0x1b/0x40

kfence-#77: 0x000000006cb0c12a-0x00000000fb4e7c9e, size=32, cache=kmalloc-32

allocated by task 30 on cpu 0 at 5.100000s:
 fault_make+0x1b/0x40

CPU: 0 PID: 30 Comm: sh Not tainted 6.1.192 #1
==================================================================`,
  },
  {
    of: '6.1: __warn_alloc', kind: 'page-allocation', title: 'page allocation failure: order:9 in grab_it', cpu: 0, pid: 34,
    text: `sh: page allocation failure: order:9, mode:0x40cc0(GFP_KERNEL|__GFP_COMP), nodemask=(null)
CPU: 0 PID: 34 Comm: sh Not tainted 6.1.192 #1
${trace('dump_stack_lvl', 'warn_alloc', '__alloc_pages_slowpath.constprop.0', '__alloc_pages', 'grab_it')}
Mem-Info:
active_anon:116 inactive_anon:56338 isolated_anon:0
 active_file:217 inactive_file:190 isolated_file:0
Node 0 active_anon:464kB inactive_anon:225352kB
DMA32 free:3376kB boost:4096kB min:6052kB
lowmem_reserve[]: 0 0 0
629 total pagecache pages
65438 pages RAM
4509 pages reserved`,
  },
  {
    of: '6.1: check_preemption_disabled, lib/smp_processor_id.c', kind: 'bug', title: 'BUG: using smp_processor_id() in count_it', cpu: 0, pid: 28,
    text: `BUG: using smp_processor_id() in preemptible [00000000] code: sh/28
caller is count_it+0xa/0x40
CPU: 0 PID: 28 Comm: sh Not tainted 6.1.192 #1
${trace('dump_stack_lvl', 'check_preemption_disabled', 'count_it')}`,
  },
  {
    of: '6.12: kcsan print_report, kernel/kcsan/report.c', kind: 'kcsan', title: 'BUG: KCSAN: data-race in count_up / read_it',
    text: `==================================================================
BUG: KCSAN: data-race in read_it / count_up

write to 0xffffffff81feeca8 of 8 bytes by task 30 on cpu 1:
 count_up+0x1b/0x40
 kthread+0xa8/0xd0

read to 0xffffffff81feeca8 of 8 bytes by task 31 on cpu 0:
 read_it+0x1b/0x40

Reported by Kernel Concurrency Sanitizer on:
CPU: 0 UID: 0 PID: 31 Comm: sh Not tainted 6.12.30 #1
==================================================================`,
  },
  {
    of: '6.12: kmsan_report', kind: 'kmsan', title: 'BUG: KMSAN: uninit-value in sum_it', cpu: 0, pid: 31,
    text: `=====================================================
BUG: KMSAN: uninit-value in sum_it+0x1b/0x40
 sum_it+0x1b/0x40
 write_it+0x1b/0x40

Local variable x created at:
 write_it+0x10/0x40

CPU: 0 UID: 0 PID: 31 Comm: sh Not tainted 6.12.30 #1
=====================================================`,
  },
  {
    of: '6.12: die with its prefix, arch/x86/kernel/dumpstack.c', kind: 'general-protection', title: 'general protection fault in chase_it', cpu: 3, pid: 31,
    text: `Oops: general protection fault, probably for non-canonical address 0xdffffc0000000003: 0000 [#1] PREEMPT SMP KASAN NOPTI
KASAN: null-ptr-deref in range [0x0000000000000018-0x000000000000001f]
CPU: 3 UID: 0 PID: 31 Comm: sh Not tainted 6.12.30 #1
RIP: 0010:chase_it+0x2b/0x40
Code: 48 b8 00 00 00 00 00 fc ff df <80> 3c 02 00
${trace('write_it')}
Modules linked in:
---[ end trace 0000000000000000 ]---`,
  },
  {
    of: '6.12: ubsan_prologue as a cut, lib/ubsan.c', kind: 'ubsan', title: 'UBSAN: array-index-out-of-bounds in index_it', cpu: 0, pid: 31,
    text: `------------[ cut here ]------------
UBSAN: array-index-out-of-bounds in net/mptcp/index.c:27:12
index 8 is out of range for type 'int [8]'
CPU: 0 UID: 0 PID: 31 Comm: sh Not tainted 6.12.30 #1
${trace('dump_stack_lvl', '__ubsan_handle_out_of_bounds', 'index_it')}
---[ end trace ]---`,
  },
  {
    of: '6.12: print_deadlock_bug, with build ids in the trace', kind: 'lockdep', title: 'WARNING: possible recursive locking detected in take_twice', cpu: 0, pid: 31,
    text: `
============================================
WARNING: possible recursive locking detected
6.12.30 #1 Not tainted
--------------------------------------------
sh/31 is trying to acquire lock:
ffffffffc0002c40 (lock_a){+.+.}-{3:3}, at: take_twice+0x1b/0x40 [fault]

but task is already holding lock:
ffffffffc0002c40 (lock_a){+.+.}-{3:3}, at: take_twice+0xb/0x40 [fault]

other info that might help us debug this:
 Possible unsafe locking scenario:

       CPU0
       ----
  lock(lock_a);
  lock(lock_a);

 *** DEADLOCK ***

 May be due to missing lock nesting notation

1 lock held by sh/31:
 #0: ffffffffc0002c40 (lock_a){+.+.}-{3:3}, at: take_twice+0xb/0x40 [fault]

stack backtrace:
CPU: 0 UID: 0 PID: 31 Comm: sh Not tainted 6.12.30 #1
Call Trace:
 <TASK>
 dump_stack_lvl+0x5d/0x80
 print_deadlock_bug.cold+0xc0/0xcd
 __lock_acquire+0x1232/0x2230
 lock_acquire+0xc8/0x2d0
 __mutex_lock+0xa2/0x7f0
 take_twice+0x1b/0x40 [fault 5d7c4ab8b1cbf0a58a3ba6d1eb0f5d0e6e6d7d31]
 </TASK>`,
  },
  {
    of: '6.12: hard lockup, kernel/watchdog.c', kind: 'hard-lockup', title: 'hard LOCKUP in spin_off', cpu: 1, pid: 31,
    text: `watchdog: Watchdog detected hard LOCKUP on cpu 1
Modules linked in:
irq event stamp: 1234
hardirqs last  enabled at (1233): [<ffffffff81600064>] entry_SYSCALL_64_after_hwframe+0x4b/0xb5
CPU: 1 UID: 0 PID: 31 Comm: sh Not tainted 6.12.30 #1
RIP: 0010:spin_off+0x2b/0x40
${trace('write_it')}`,
  },
  {
    of: '6.12: kmemleak, its file', kind: 'kmemleak', title: 'memory leak in lose_it',
    text: `unreferenced object 0xffff888003b6a000 (size 1024):
  comm "sh", pid 31, jiffies 4294893312
  hex dump (first 32 bytes):
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  ................
  backtrace (crc 0):
    __kmalloc_cache_noprof+0x1b5/0x250
    lose_it+0x1b/0x40
    write_it+0x1b/0x40`,
  },
  {
    of: '6.18: __die_body with the reason twice, as it came from a robot: "Oops: Oops: 0000"', kind: 'oops', title: 'BUG: kernel NULL pointer dereference in pick_it', cpu: 0, pid: 3682,
    text: `BUG: kernel NULL pointer dereference, address: 0000000000000051
#PF: supervisor read access in kernel mode
#PF: error_code(0x0000) - not-present page
PGD 12b0a5067 P4D 12b0a5067 PUD 12b0b0067 PMD 0
Oops: Oops: 0000 [#1]
CPU: 0 UID: 65534 PID: 3682 Comm: trinity Not tainted 6.18.0 #1 PREEMPT
RIP: 0010:pick_it+0x2b/0x40
${trace('__pick_next_task', '__schedule', 'schedule')}
Modules linked in:
CR2: 0000000000000051
---[ end trace 0000000000000000 ]---`,
  },
  {
    of: '6.18: BUG() of a file system', kind: 'bug', title: 'kernel BUG in folio_alloc_it', cpu: 0, pid: 7212,
    text: `------------[ cut here ]------------
kernel BUG at fs/buffer.c:1582!
Oops: invalid opcode: 0000 [#1] SMP NOPTI
CPU: 0 UID: 0 PID: 7212 Comm: mount Kdump: loaded Not tainted 6.18.0 #38 PREEMPT(voluntary)
RIP: 0010:folio_alloc_it+0x1bb/0x1c0
${trace('create_it')}
---[ end trace 0000000000000000 ]---`,
  },
  {
    of: '6.19: __warn with its fields in another order', kind: 'warning', title: 'WARNING in lose_count', cpu: 2, pid: 45,
    text: `------------[ cut here ]------------
WARNING: net/mptcp/pm.c:123 at lose_count+0x12/0x40, CPU#2: kworker/2:1/45
Modules linked in:
CPU: 2 UID: 0 PID: 45 Comm: kworker/2:1 Not tainted 6.19.0 #1
Workqueue: events lose_work
RIP: 0010:lose_count+0x12/0x40
${trace('process_one_work', 'worker_thread')}
---[ end trace 0000000000000000 ]---`,
  },
  {
    of: '6.1: panic', kind: 'panic', title: 'Kernel panic: VFS: Unable to mount root fs on unknown-block(N,N)', cpu: 0, pid: 1,
    text: `Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)
CPU: 0 PID: 1 Comm: swapper/0 Not tainted 6.1.192 #1
${trace('dump_stack_lvl', 'panic', 'mount_block_root')}
Kernel Offset: disabled
---[ end Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0) ]---`,
  },
];
