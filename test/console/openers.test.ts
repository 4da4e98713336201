import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isConsequence, isEndMark, isRule, openerOf } from '../../tasks/console/openers.ts';

const kind = (text: string) => openerOf(text)?.kind;

test('the first lines of reports; texts.ts has most', () => {
  assert.is(kind('INFO: task hung_me:12 blocked in I/O wait for more than 10 seconds.'), 'hung-task');
  assert.is(kind('kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)'), 'kmemleak');
  assert.is(kind('BUG: Bad page state in process sh  pfn:03a1c'), 'bug');
  assert.is(kind('[ BUG: Invalid wait context ]'), 'lockdep');
  assert.is(kind('WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected'), 'lockdep');
  assert.is(kind('rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-... } 21 jiffies s: 1 root: 0x2/.'), 'rcu-stall');
  assert.is(kind('divide error: 0000 [#1] SMP'), 'oops');
});

test('lines that hold the same words and are not', () => {
  for (const line of ['WARNING: x', 'INFO: lockdep is turned off.', 'debugging', 'sh: BUG', 'Out of memory: Killed process 1 (sh)', 'rcu: INFO: Stall ended before state dump start']) assert.is(kind(line), undefined, line);
});

test('rules, marks, and panics that others led to', () => {
  assert.ok(isRule('=================================='));
  assert.not(isRule('==== RUN'));
  assert.ok(isEndMark('---[ end Kernel panic - not syncing: x ]---'));
  assert.ok(isConsequence('Kernel panic - not syncing: Fatal exception in interrupt'));
  assert.ok(isConsequence('Kernel panic - not syncing: kernel: panic_on_warn set ...'));
  assert.not(isConsequence('Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b'));
});

test.run();
