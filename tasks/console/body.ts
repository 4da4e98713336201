/** What the lines of a report look like after its first ones: registers, a trace, locks. Pure. */
import { isTraceLine } from './frames.ts';

// Sources: show_regs and show_trace_log_lvl (arch/x86/kernel/dumpstack.c,
// process_64.c), dump_stack_print_info (lib/dump_stack.c), print_modules,
// lockdep_print_held_locks and print_irqtrace_events (kernel/locking/lockdep.c),
// sched_show_task, nmi_trigger_cpumask_backtrace; 3.14 to 6.18.
const registers = /^(?:CPU: \d+ |Tainted: |Hardware name: |Workqueue: |Stopper: |task: |[RE]IP[: ]|Code: |[RE]SP[: ]|RAX: |RDX: |RBP: |R1[03]: |EAX: |ESI: |DS: |[DF]S: |CS: |CR[02]: |DR[036]: |PKRU: |ORIG_RAX: |EFLAGS: |Stack:|Call Trace:|Backtrace:|Modules linked in:|Unloaded tainted modules:|Loaded tainted modules:|last sysfs file:|Kernel Offset: )/;
const rest = /^(?:irq event stamp: |(?:hard|soft)irqs last |(?:\d+|no) locks? held by |INFO: lockdep is turned off|Preemption disabled at:|(?:<[\w!#]+>|\[<[0-9a-f]+>\])|NMI backtrace for cpu |Sending NMI |Dumping ftrace|(?:rcu: )?\t|rcu: .*(?:kthread|Possible timer|RCU grace-period|Stack dump)|RCU grace-period|Stack dump where|Task dump for CPU |task:|in_atomic\(\): |preempt_count: |RCU nest depth: |caller is |memory used by lock|PGD |#PF: |Oops: |BUG: unable|IP: |\*pd|\*pde|Dumping |note: |CR2: |Register |"echo 0 > )/;

/** A line of the trace proper, or of what surrounds it: registers, the mark of a stack. */
export function isBodyLine(text: string): boolean {
  if (isTraceLine(text)) return true;
  const first = text.charCodeAt(0);
  // Held locks (" #0: …"), raw stacks, stacks' marks, and "      Not tainted …".
  if (first === 32) return /^ *(?:#\d+: |<\/?[\w!#]+>|[0-9a-f]{8,16} |[0-9a-f]{8,16}$|Not tainted|Tainted: |RSP <|\[<|\? )/.test(text);
  return registers.test(text) || rest.test(text);
}

// show_mem: what follows the trace of an allocation that failed.
const memory = /^(?:Mem-Info:|active_anon:| *(?:in)?active_|Node \d|lowmem_reserve|\d+ (?:total pagecache pages|pages )|Swap cache stats|Free swap|Total swap|DMA|Normal|warn_alloc_show_mem|SLUB: Unable to allocate| {2}(?:cache|node) | ?[a-z_]+:\d)/;

export const isMemoryLine = (text: string): boolean => memory.test(text);
