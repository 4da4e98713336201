import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { splatReader, splatsOf } from '../../tasks/console/reader.ts';
import type { Splat } from '../../tasks/console/splat.ts';
import { texts } from './texts.ts';

const consoleText = (name: string) => readFileSync(new URL(`data/${name}.txt`, import.meta.url), 'utf8');
const short = ({ kind, title }: Splat) => `${kind}: ${title}`;
const stamped = (text: string, { from = 5, caller = '' } = {}) =>
  text.split('\n').map((line, i) => `[${(from + i / 10_000).toFixed(6).padStart(12)}]${caller === '' ? '' : `[${caller.padStart(6)}]`} ${line}`);
/** A report's own lines: without the empty one that some begin with. */
const own = (text: string) => text.replace(/^\n/, '').split('\n');

for (const { of, kind, title, text, cpu, pid } of texts) {
  test(`${kind}, ${of}`, () => {
    for (const lines of [text.split('\n'), stamped(text), stamped(text, { caller: pid === undefined ? `C${cpu ?? 3}` : `T${pid}` }), stamped(text).map((line) => `\x1b[1;33m${line}\x1b[0m\r`)]) {
      const found = splatsOf(['eth0: link up', ...lines, 'eth0: link down', 'eth0: link up', 'eth0: link down']);
      assert.equal(found.map(short), [`${kind}: ${title}`]);
      assert.equal(found[0]?.lines, own(text));
      if (cpu !== undefined) assert.is(found[0]?.cpu, cpu);
      if (pid !== undefined) assert.is(found[0]?.pid, pid);
    }
  });

  test(`cut off anywhere: ${kind}, ${of}`, () => {
    const lines = text.split('\n');
    for (let count = 1; count <= lines.length; count++) {
      const found = splatsOf(lines.slice(0, count));
      assert.ok(found.length <= 1, `${count} lines: ${found.map(short).join(', ')}`);
    }
  });
}

test('two tasks at once, told apart by their callers', () => {
  for (const one of texts) {
    for (const two of texts.slice(0, 12)) {
      const [a, b] = [stamped(one.text, { caller: 'T101' }), stamped(two.text, { caller: 'C2' })];
      const mixed = Array.from({ length: Math.max(a.length, b.length) }, (_, i) => [a[i], b[i]]).flat().filter((line) => line !== undefined);
      const found = splatsOf(mixed).sort((x, y) => Number(y.lines[0] === own(one.text)[0]) - Number(x.lines[0] === own(one.text)[0]));
      assert.equal(found.map(({ title }) => title).sort(), [one.title, two.title].sort(), `${one.of} with ${two.of}`);
      assert.equal(found.map(({ lines }) => lines.length).sort(), [own(one.text).length, own(two.text).length].sort(), `${one.of} with ${two.of}`);
    }
  }
});

test('64 processors warn at once, a line each in turn', () => {
  const warning = texts.find(({ of }) => of.startsWith('6.19'));
  const each = Array.from({ length: 64 }, (_, cpu) => stamped((warning?.text ?? '').replaceAll(/CPU#2|CPU: 2/g, (name) => name.replace('2', String(cpu))).replaceAll('lose_count', `lose_${cpu}`), { caller: `C${cpu}` }));
  const mixed = (each[0] ?? []).flatMap((_, i) => each.map((lines) => lines[i] ?? ''));
  const found = splatsOf(mixed);
  assert.equal(found.map(({ title }) => title).sort(), Array.from({ length: 64 }, (_, cpu) => `WARNING in lose_${cpu}`).sort());
  assert.equal([...new Set(found.map(({ lines }) => lines.length))], [own(warning?.text ?? '').length]);
});

test('lines of others within a trace, and no callers: they are left out', () => {
  const warning = texts.find(({ of }) => of.startsWith('6.19'))?.text ?? '';
  const lines = warning.split('\n').flatMap((line) => (/^ [a-z]/.test(line) ? ['br0: port 1(veth0) entered forwarding state', line] : [line]));
  assert.equal(splatsOf(lines).map(({ lines: its }) => its), [warning.split('\n')]);
});

test('two processors, no callers: the line that names its processor says whose the next are', () => {
  const [a, b] = [0, 1].map((cpu) => [
    `WARNING: CPU: ${cpu} PID: 1${cpu} at net/a.c:1 on_${cpu}+0x1/0x20`, `CPU: ${cpu} PID: 1${cpu} Comm: sh Not tainted 6.1.192 #1`, `RIP: 0010:on_${cpu}+0x1/0x20`, '---[ end trace 0000000000000000 ]---',
  ]);
  const found = splatsOf([a?.[0], b?.[0], a?.[1], a?.[2], a?.[3], b?.[1], b?.[2], b?.[3]].map((line) => line ?? ''));
  assert.equal(found.map(({ title, lines }) => [title, lines.length]), [['WARNING in on_0', 4], ['WARNING in on_1', 4]]);
});

test('processors that are sent an NMI add to the report that asked', () => {
  const found = splatsOf([
    ...stamped('rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\nrcu: \t1-...!: (0 ticks this GP) idle=4/1/0x4 softirq=2/2 fqs=0\nrcu: \t(detected by 0, t=26002 jiffies, g=1, q=3 ncpus=2)\nSending NMI from CPU 0 to CPUs 1:', { caller: 'C0' }),
    ...stamped('NMI backtrace for cpu 1\nCPU: 1 PID: 9 Comm: sh Not tainted 6.1.192 #1\nRIP: 0010:spin_off+0x2b/0x40\nCall Trace:\n <TASK>\n write_it+0x1b/0x40\n </TASK>', { caller: 'C1' }),
  ]);
  assert.equal(found.map(short), ['rcu-stall: rcu_preempt detected stall in spin_off']);
  assert.is(found[0]?.lines.length, 11);
});

test('a real console: eight faults one after the other', () => {
  const found = splatsOf(consoleText('faults-6.1').split('\n'));
  assert.equal(found.map(short), [
    'warning: WARNING in fault_warn',
    'warning: WARNING in fault_message: fault: N apples in ADDR',
    'refcount: refcount_t: addition on 0; use-after-free in fault_refcount',
    'general-protection: general protection fault in fault_gpf',
    'oops: BUG: kernel NULL pointer dereference in fault_null',
    'oops: BUG: kernel NULL pointer dereference in fault_null',
  ]);
  assert.equal(found.map(({ cpu, pid, time }) => [cpu, pid, time]), [[0, 36, 5.338719], [0, 38, 7.246289], [0, 42, 10.089287], [0, 44, 11.577054], [0, 46, 12.968012], [1, 18, 14.522837]]);
  for (const splat of found) assert.is(splat.lines.at(-1), '---[ end trace 0000000000000000 ]---');
});

test('real consoles: stalls, a BUG_ON with the panic that it leads to, the OOM killer', () => {
  assert.equal(splatsOf(consoleText('stalls-6.1').split('\n')).map(short), [
    'rcu-stall: rcu_sched detected stall in fault_loop', 'soft-lockup: BUG: soft lockup in fault_loop', 'rcu-stall: rcu_sched detected stall in fault_loop',
  ]);
  assert.equal(splatsOf(consoleText('bug-6.1').split('\n')).map(short), ['bug: kernel BUG in fault_bug']);
  assert.equal(splatsOf(consoleText('oom-6.1').split('\n')).map(short), ['oom: Out of memory: killed tail']);
});

test('it does not matter where the text is cut', () => {
  const text = consoleText('faults-6.1');
  const whole = splatsOf(text.split('\n'));
  for (const size of [1, 7, 4096]) {
    const reader = splatReader();
    const found: Splat[] = [];
    for (let at = 0; at < text.length; at += size) found.push(...reader.push(text.slice(at, at + size)));
    assert.equal([...found, ...reader.end()], whole);
  }
});

test('a boot without faults, and what only looks like one', () => {
  assert.equal(splatsOf([
    '[    0.044748] ACPI BIOS Error (bug): A valid RSDP was not found (20220331/tbxfroot-210)',
    '[    1.630805] PCI: Fatal: No config space access function found',
    '[    2.295066] watchdog: Software Watchdog: cannot register miscdev on minor=130 (err=-16).',
    'Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on, data leaks possible via Spectre v2 BHB attacks!',
    'kmemleak: Kernel memory leak detector initialized (mem pool available: 15679)',
    'INFO: lockdep is turned off.',
    'rcu: INFO: Stall ended before state dump start',
    'x: this is a bug: please report', 'WARNING: the tests take long',
    'sh[23]: segfault at 0 ip 0000000000401126 sp 00007ffc error 6 in a[401000+1000]',
    '---[ end trace 0000000000000000 ]---', '==================================================================', '------------[ cut here ]------------',
  ]), []);
});

test('a report whose rest never came, and a later one', () => {
  const text = stamped('BUG: KASAN: use-after-free in f+0x1/0x2\nRead of size 8 at addr ffff8880362c4a10 by task server/901');
  const found = splatsOf([...text, ...stamped('eth0: link up', { from: 30 }), ...stamped('==========================\nBUG: KASAN: use-after-free in g+0x1/0x2\n==========================', { from: 31 })]);
  assert.equal(found.map(({ title, lines }) => [title, lines.length]), [['BUG: KASAN: use-after-free in f', 2], ['BUG: KASAN: use-after-free in g', 3]]);
});

test('a line without an end is bounded', () => {
  const reader = splatReader();
  for (let i = 0; i < 100; i++) reader.push('x'.repeat(100_000));
  assert.equal(reader.push('\nBUG: scheduling while atomic: sh/1/0x2\n'), []);
  assert.is(reader.end()[0]?.kind, 'atomic');
});

test.run();
