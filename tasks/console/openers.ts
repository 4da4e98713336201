/** The lines that a report begins with, and where it ends. Pure. */
import type { SplatKind } from './splat.ts';

/**
 * Where a report ends:
 *  mark: at `---[ end trace …`;
 *  rule: at the next line of `=`, or at such a mark;
 *  trace: after its trace, which `</TASK>` ends or a line that does not belong;
 *  traces: the same, but more than one may come;
 *  lock: after the trace below "stack backtrace:";
 *  kill: at the line that says which process was killed;
 *  panic: with the kernel;
 *  line: at once.
 */
export type Ending = 'mark' | 'rule' | 'trace' | 'traces' | 'lock' | 'kill' | 'panic' | 'line';

export interface Opener {
  readonly kind: SplatKind;
  readonly ending: Ending;
}

type Row = readonly [pattern: RegExp, kind: SplatKind, ending: Ending];

/**
 * The forms that the kernel's sources print, the first that fits counting.
 * Those of 3.14 have `[ INFO: … ]` where later ones have `WARNING: …`, and the
 * watchdogs and RCU have their names before from 4.15 and 4.19 on.
 */
const rows: readonly Row[] = [
  [/^BUG: KASAN: /, 'kasan', 'rule'],
  [/^BUG: KCSAN: /, 'kcsan', 'rule'],
  [/^BUG: KMSAN: /, 'kmsan', 'rule'],
  [/^BUG: KFENCE: /, 'kfence', 'rule'],
  [/^UBSAN: /, 'ubsan', 'rule'],
  // slab_bug, mm/slub.c: "BUG kmalloc-64 (Tainted: G    B): Redzone overwritten"
  [/^BUG \S+ \([^)]*\): /, 'slab', 'trace'],
  [/^(?:slab error in |cache_free_debugcheck)/, 'slab', 'trace'],
  [/^BUG: (?:unable to handle |kernel NULL pointer dereference|stack guard page was hit|IRQ stack guard|TASK stack guard)/, 'oops', 'mark'],
  [/^(?:watchdog: )?BUG: soft lockup - /, 'soft-lockup', 'traces'],
  [/^BUG: sleeping function called from invalid context/, 'sleeping', 'trace'],
  [/^BUG: scheduling (?:while atomic|in a non-blocking section): /, 'atomic', 'trace'],
  [/^BUG: (?:MAX_LOCK|key \S+ not in \.data|looking up invalid subclass)/, 'lockdep', 'trace'],
  [/^BUG: (?:Bad rss-counter|non-zero pgtables|non-zero nr_ptes)/, 'bug', 'line'],
  [/^BUG: (?:memory leak)/, 'kmemleak', 'traces'],
  [/^BUG: /, 'bug', 'trace'],
  [/^kernel BUG at |^Kernel BUG at /, 'bug', 'mark'],
  [/^(?:Oops: )?general protection (?:fault|maybe)/, 'general-protection', 'mark'],
  [/^(?:traps: )?PANIC: double fault/, 'oops', 'mark'],
  // die(): "invalid opcode: 0000 [#1] SMP"; from 6.10 on with "Oops: " before.
  [/^(?:Oops: )?[\w -]+(?:, [^:]*)?: [0-9a-f]{4} \[#\d+\]/, 'oops', 'mark'],
  // __warn, kernel/panic.c: to 3.10; to 6.18; from 6.19 on.
  [/^WARNING: at \S+:\d+ \S+\+0x/, 'warning', 'mark'],
  [/^WARNING: CPU: \d+ PID: \d+ at /, 'warning', 'mark'],
  [/^WARNING: (?:\S+:\d+ )?at \S+\+0x[0-9a-f]+\/0x[0-9a-f]+(?: \[\S+\])?, CPU#\d+: /, 'warning', 'mark'],
  [/^(?:WARNING: |\[ INFO: )suspicious RCU usage/, 'rcu-usage', 'lock'],
  [/^(?:WARNING: |\[ INFO: |\[ BUG: )(?:possible (?:circular|recursive|irq lock)|inconsistent lock state|[\w-]+-safe -> [\w-]+-unsafe lock order|chain_key collision|Nested lock was not taken|bad (?:unlock balance|contention) detected|held lock freed|circular locking deadlock|Invalid wait context|.* still has locks held)/, 'lockdep', 'lock'],
  [/^(?:WARNING: |\[ INFO: |\[ BUG: )lock held (?:when returning|at task exit)/, 'lockdep', 'trace'],
  [/^INFO: trying to register non-static key/, 'lockdep', 'trace'],
  [/^(?:rcu: )?INFO: \w+ (?:self-detected stall|detected (?:expedited )?stalls)/, 'rcu-stall', 'traces'],
  [/^(?:(?:NMI )?watchdog: )?(?:Watchdog detected hard LOCKUP|BUG: hard lockup)/, 'hard-lockup', 'traces'],
  [/^INFO: task .+:\d+ (?:<\S+> )?blocked (?:in I\/O wait )?for more than \d+ seconds/, 'hung-task', 'trace'],
  [/^(?:.+: )?page allocation failure: order:/, 'page-allocation', 'traces'],
  [/^.+ invoked oom-killer: /, 'oom', 'kill'],
  [/^kmemleak: \d+ new suspected memory leaks/, 'kmemleak', 'line'],
  [/^unreferenced object (?:\(percpu\) )?0x[0-9a-f]+/, 'kmemleak', 'traces'],
  [/^Kernel panic - not syncing: /, 'panic', 'panic'],
];

/** What any of the rows needs: a line without it is looked at no further. */
const trigger = /BUG|WARNING|INFO: |SAN: |panic|PANIC|\[#\d|general protection|LOCKUP|allocation failure|oom-killer|kmemleak|unreferenced|slab error/;

export function openerOf(text: string): Opener | undefined {
  if (!trigger.test(text)) return undefined;
  const found = rows.find(([pattern]) => pattern.test(text));
  return found === undefined ? undefined : { kind: found[1], ending: found[2] };
}

/** Whether a report, or what announces one, may be on a line as the console has it. */
export const mayBegin = (line: string): boolean => /BUG|WARNING|INFO: |SAN: |panic|PANIC|\[#\d|general protection|LOCKUP|allocation failure|oom-killer|kmemleak|unreferenced|slab error|cut here|={20}|list_|refcount_t/.test(line);

/** A line that comes before the first one of a report, and belongs to it. */
export const isCut = (text: string): boolean => text.startsWith('------------[ cut here ]');
export const isRule = (text: string): boolean => text.startsWith('====================') && /^=+$/.test(text.trimEnd());
export const isEndMark = (text: string): boolean => text.startsWith('---[ end ');

/** CHECK_DATA_CORRUPTION and refcount_warn_saturate say what is wrong before the report that it is. */
export const isList = (text: string): boolean => /^list_(?:add|del)(?: double add| corruption|:)|^slab_kmem_cache|^list_del corruption/.test(text);
export const isRefcount = (text: string): boolean => text.startsWith('refcount_t: ');

/** A panic that only carries out what another report leads to (panic_on_warn, oops=panic and their like). */
export const isConsequence = (text: string): boolean =>
  /^(?:Kernel panic - not syncing: )?(?:Fatal exception|Fatal Machine|.*panic_on_warn|.*panic_on_oops|softlockup: |hung_task: |.*[Hh]ard LOCKUP|RCU Stall|Out of memory: |.*warned too often|Oopsed too often|kasan)/.test(text);
