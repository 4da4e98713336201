/** A report's title: the kernel's own words without what differs from run to run, and the function at fault. Pure. */
import type { Frame, SplatKind } from './splat.ts';

interface Untitled {
  readonly kind: SplatKind;
  /** The line that says what it is. */
  readonly header: string;
  readonly lines: readonly string[];
  readonly frames: readonly Frame[];
}

// What finds a fault, or is called by every second function: the caller is what a person looks for.
const finders = new RegExp(`^(?:${[
  '_*dump_stack\\w*', 'show_stack\\w*', 'show_regs', 'show_trace\\w*', 'print_\\w+', '_*warn\\w*', 'report_bug', 'handle_bug', '(?:asm_)?exc_\\w+', 'do_error_trap', 'do_invalid_op', 'invalid_op',
  '_*kasan_\\w+', '__asan_\\w+', 'check_memory_region\\w*', '__tsan_\\w+', 'kcsan_\\w+', '__msan_\\w+', 'kmsan_\\w+', 'kfence_\\w+', '_*ubsan_\\w+', 'handle_overflow', '__fortify_report', 'fortify_panic',
  'refcount_\\w+', '__refcount_\\w+', 'kref_\\w+', '__list_(?:add|del)\\w*', 'list_(?:add|del)\\w*', 'check_data_corruption',
  '_{2,3}might_\\w+', 'might_\\w+', '__schedule_bug', 'schedule_debug', '_*schedule\\w*', 'preempt_schedule\\w*', '_*cond_resched\\w*', 'io_schedule\\w*', 'check_preemption_disabled', 'debug_smp_processor_id', '__this_cpu_preempt_check',
  'lockdep_\\w+', '_*lock_(?:acquire|release)\\w*', 'check_\\w*(?:chain|prev_add|noncircular|deadlock|usage|irq_usage)\\w*', 'validate_chain\\w*', 'mark_lock\\w*', 'register_lock_class', 'debug_\\w+', 'assign_lock_key',
  '_raw_\\w+', 'do_raw_\\w+', '(?:native_)?queued_\\w+_slowpath', '(?:rt_)?spin_(?:lock|unlock|trylock|dump|bug)\\w*', '_*mutex_lock\\w*', '_*down(?:_\\w+)?', 'rwsem_\\w+', '__rwsem_\\w+', '__might_fault',
  'wait_for_completion\\w*', '_*wait_for_common', 'bit_wait\\w*', '__wait_on_bit\\w*', 'out_of_line_wait\\w*', 'm?u?sleep\\w*', 'usleep_\\w+', 'schedule_timeout\\w*',
  'mem(?:cpy|set|move|cmp)\\w*', '__mem(?:cpy|set|move)\\w*', 'str(?:n?len|n?cpy|n?cmp|scpy|chr)\\w*', 'copy_(?:from|to)_\\w+', '_copy_(?:from|to)_\\w+', 'rep_\\w+',
  '_*k[vmz]*alloc\\w*', 'kmem_cache_\\w+', '_*kmem_cache_\\w+', 'slab_\\w+', '_*slab_\\w+', 'kfree\\w*', '_*kfree\\w*', 'object_err', 'check_(?:object|bytes\\w*)', 'free_(?:to_partial_list|debug_processing)', 'alloc_debug_processing', '_*alloc_(?:pages|frozen)\\w*', '_*get_free_pages?', 'kmalloc_\\w+', 'warn_alloc', 'kmemleak_\\w+', 'create_object', '_*vmalloc\\w*', 'get_page_from_freelist',
  'v?panic', 'oops_\\w+', 'die\\w*', '_*bad_area\\w*', 'page_fault\\w*', 'no_context', 'do_user_addr_fault', 'do_kern_addr_fault', '_*do_page_fault', 'async_page_fault', 'error_entry',
  'rcu_\\w*(?:stall|check|sched_clock)\\w*', 'watchdog_\\w+', 'nmi_\\w+', 'arch_trigger_\\w+', 'trigger_\\w+', 'trace_hardirqs_\\w+', 'trace_\\w*_thunk', '__die\\w*',
].join('|')})$`);

/** The name in the source: without what the compiler adds to a part or a copy of a function. */
export const sourceName = (name: string): string => name.replace(/(?:\.(?:constprop|isra|part|cold|llvm|lto_priv)(?:\.\d+)*)+$/, '').replace(/^__pfx_/, '');

/** Where the report's own trace begins: it may have others before (lockdep) and after (KASAN). */
function traceAt(lines: readonly string[]): number {
  const backtrace = lines.findIndex((text) => /^(?:stack backtrace|\s*backtrace(?: \(crc [0-9a-f]+\))?):/.test(text));
  const from = Math.max(0, backtrace);
  const call = lines.findIndex((text, i) => i >= from && /Call Trace:|^\s*backtrace/.test(text));
  return call < 0 ? lines.length : call;
}

/** The first function that is not one of the finders: of those that trapped, then of the trace. */
function culprit({ lines, frames, kind }: Untitled): string | undefined {
  const start = traceAt(lines);
  const trapped = frames.filter((frame) => frame.exact && frame.line < start);
  const trace = frames.filter((frame) => frame.line > start && frame.certain && !frame.exact);
  // Below KCSAN's title there is a trace without a heading.
  const all = kind === 'kcsan' || start === lines.length ? [...trapped, ...frames.filter((frame) => frame.certain)] : [...trapped, ...trace];
  const names = all.map((frame) => sourceName(frame.function));
  return names.find((name) => !finders.test(name)) ?? names[0];
}

/** Addresses, process numbers and other numbers taken out. */
export function stable(text: string): string {
  return text
    .replaceAll(/\b0x[0-9a-f]+\b/gi, 'ADDR')
    .replaceAll(/\b(?=[0-9a-f]*\d)[0-9a-f]{8,16}\b/g, 'ADDR')
    .replaceAll(/\b\d+(?:\.\d+)*\b/g, 'N')
    .replaceAll(/\s+/g, ' ').trim();
}

/** What a WARN says for itself: between the cut and its line (from 5.1 on), or after that. */
function warned({ header, lines }: Untitled): string {
  const at = lines.indexOf(header);
  const before = lines.slice(0, at).filter((text) => !text.startsWith('------------['));
  const rest = lines.slice(at + 1);
  const end = rest.findIndex((text) => /^(?:Modules linked in|CPU: |RIP: |Call Trace|Kernel panic|Workqueue:|Hardware name:)|^\S*\+0x/.test(text));
  const after = end < 0 ? [] : rest.slice(0, end);
  return [...before, ...after].find((text) => text.trim() !== '') ?? '';
}

const placed = (words: string, where: string | undefined) => (where === undefined ? words : `${words} in ${where}`);

export function titleOf(report: Untitled): string {
  const { kind, header } = report;
  const where = culprit(report);
  switch (kind) {
    case 'warning': {
      const said = stable(warned(report));
      return `${placed('WARNING', where)}${said === '' ? '' : `: ${said}`}`;
    }
    case 'refcount': case 'list': {
      const line = report.lines.find((text) => /^(?:refcount_t: |list_)/.test(text)) ?? header;
      const [, words] = /^(refcount_t: .*|list_(?:add|del) (?:corruption|double add))/.exec(line) ?? [];
      return placed(words?.trim().replace(/\.$/, '') ?? stable(line), where);
    }
    case 'bug': {
      if (/^kernel BUG at /i.test(header)) return placed('kernel BUG', where);
      return placed(stable(header.replace(/(?:,| on CPU#\d+,| in preemptible \[[^\]]*\] code:| in process| -|:) \S+[/:]\d+.*$/, '').replace(/ (?:in process|mm:|pfn:).*$/, '')), where);
    }
    case 'oops': {
      if (/NULL pointer dereference/.test(header)) return placed('BUG: kernel NULL pointer dereference', where);
      if (/^BUG: unable to handle/.test(header)) return placed('BUG: unable to handle page fault', where);
      return placed(stable(header.replace(/^Oops: /, '').replace(/^traps: /, '').replace(/,.*$/, '').replace(/: [0-9a-f]{4} \[#.*$/, '').replace(/^BUG: ((?:IRQ |TASK )?stack guard)(?: page)? was hit.*/, 'BUG: $1 page was hit')), where);
    }
    case 'general-protection': return placed('general protection fault', where);
    case 'kasan': case 'kmsan': case 'kfence': {
      const [, words] = /^(BUG: \w+: .*?)(?: in \S+\+0x.*)?$/.exec(header) ?? [];
      return placed(stable(words ?? header), functionOf(header) ?? where);
    }
    case 'kcsan': {
      const [, words, places] = /^(BUG: KCSAN: [\w-]+) in (.*)$/.exec(header) ?? [];
      if (words === undefined || places === undefined) return placed(stable(header), where);
      // Either of the two may come first.
      const names = places.split(' / ').map((name) => sourceName(name.replace(/\+0x.*/, ''))).sort();
      return `${words} in ${names.join(' / ')}`;
    }
    case 'ubsan': {
      const [, words, file] = /^(UBSAN: .*?) in (\S+?):\d+:\d+/.exec(header) ?? [];
      return placed(words === undefined ? stable(header) : words.replace(/Undefined behaviour$/, 'undefined behaviour'), where ?? file);
    }
    case 'lockdep': case 'rcu-usage': {
      const words = header.replace(/^\[ (?:INFO|BUG): (.*?)\.? \]$/, 'WARNING: $1').replace(/^WARNING: \S+\/\d+ (still has locks)/, 'WARNING: $1').replace(/\.$/, '').replace(/!$/, '');
      return placed(stable(words), where);
    }
    case 'sleeping': {
      const [, file] = / at (\S+):\d+/.exec(header) ?? [];
      return placed(`BUG: sleeping function called from invalid context${file === undefined ? '' : ` at ${file}`}`, where);
    }
    case 'atomic': return placed(header.replace(/(atomic|section): .*/, '$1'), where);
    case 'rcu-stall': {
      const [, flavour, expedited] = /INFO: (\w+) (?:self-)?detected( expedited)?/.exec(header) ?? [];
      return placed(`${flavour ?? 'rcu'} detected${expedited ?? ''} stall`, where);
    }
    case 'soft-lockup': return placed('BUG: soft lockup', where);
    case 'hard-lockup': return placed('hard LOCKUP', where);
    case 'hung-task': {
      const [, name] = /^INFO: task (.+):\d+ /.exec(header) ?? [];
      return where === undefined ? `INFO: task hung: ${stable(name ?? '')}` : `INFO: task hung in ${where}`;
    }
    case 'slab': {
      // The cache's name has its objects' size in it.
      const [, cache, words] = /^BUG (\S+) \([^)]*\): (.*?)(?:\. ?0x.*)?$/.exec(header) ?? [];
      return cache === undefined || words === undefined ? stable(header) : `BUG ${cache}: ${stable(words)}`;
    }
    case 'page-allocation': {
      const [, order] = /order:(\d+)/.exec(header) ?? [];
      return placed(`page allocation failure: order:${order ?? '?'}`, where);
    }
    case 'oom': {
      const killed = report.lines.map((text) => /[Kk]illed process \d+ \((.*?)\)/.exec(text)?.[1]).find((name) => name !== undefined);
      return killed === undefined ? 'Out of memory' : `Out of memory: killed ${killed}`;
    }
    case 'kmemleak': return /^unreferenced|^BUG: memory leak/.test(header) ? placed('memory leak', where) : 'kmemleak: new suspected memory leaks';
    case 'panic': return `Kernel panic: ${stable(header.replace(/^Kernel panic - not syncing: /, ''))}`;
  }
}

function functionOf(header: string): string | undefined {
  const [, name] = / in ([\w.]+)\+0x/.exec(header) ?? [];
  const plain = name === undefined ? undefined : sourceName(name);
  return plain === undefined || finders.test(plain) ? undefined : plain;
}
