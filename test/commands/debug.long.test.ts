/**
 * The debug variant, really built, and a kernel with a fault of each kind planted
 * in it: the run in which one happens fails, with its title and its very line,
 * and the loop goes on. The faults wait in one file, behind a parameter.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop, type Ended } from '../support/kloop.ts';
import { write } from '../support/little-kernel.ts';
import { sameBuild } from '../support/shared-kernel.ts';
import { WatchRun } from '../support/watch-run.ts';

const directory = join(process.env['KLOOP_TEST_CACHE'] ?? '', 'debug');
const settings = join(directory, 'settings/env');
const env = { REPOS_DIR: join(directory, 'repos'), STATE_DIR: join(directory, 'state'), KLOOP_ENV_FILE: settings, VM_NAME: 'test-debug', ...sameBuild };
const run = async (...args: string[]): Promise<Ended> => {
  const ended = await kloop(args, { env });
  assert.is(ended.status, 0, ended.stderr);
  return ended;
};
const source = 'kernel/ksysfs.c';

interface Fault {
  readonly name: string;
  /** Of the function that `echo NAME > /sys/module/ksysfs/parameters/kloop_fault` calls; the line with the fault ends with its mark. */
  readonly code: string;
  readonly verdict: 'splat' | 'lost' | 'timeout';
  readonly kind?: string;
  /** Of the report, or of the words about a VM that was lost. */
  readonly title: RegExp;
}

const mark = (name: string) => `/* the ${name} */`;

const faults: readonly Fault[] = [
  {
    name: 'warning', verdict: 'splat', kind: 'warning', title: /^WARNING in kloop_warning$/,
    code: `static noinline void kloop_warning(void)\n{\n\tWARN_ON(1); ${mark('warning')}\n}`,
  },
  {
    name: 'uaf', verdict: 'splat', kind: 'kasan', title: /^BUG: KASAN: (?:slab-)?use-after-free in kloop_uaf$/,
    code: `static noinline void kloop_uaf(void)\n{\n\tvolatile char *p = kmalloc(64, GFP_KERNEL);\n\tkfree((void *)p);\n\tp[3] = 1; ${mark('uaf')}\n}`,
  },
  {
    name: 'deadlock', verdict: 'splat', kind: 'lockdep', title: /possible circular locking dependency/,
    code: `static DEFINE_MUTEX(kloop_a);\nstatic DEFINE_MUTEX(kloop_b);\nstatic noinline void kloop_deadlock(void)\n{\n\tmutex_lock(&kloop_a);\n\tmutex_lock(&kloop_b);\n\tmutex_unlock(&kloop_b);\n\tmutex_unlock(&kloop_a);\n\tmutex_lock(&kloop_b);\n\tmutex_lock(&kloop_a); ${mark('deadlock')}\n\tmutex_unlock(&kloop_a);\n\tmutex_unlock(&kloop_b);\n}`,
  },
  {
    name: 'leak', verdict: 'splat', kind: 'kmemleak', title: /leak|unreferenced/i,
    code: `static noinline void kloop_leak(void)\n{\n\tvoid *volatile p;\n\tint i;\n\tfor (i = 0; i < 8; i++)\n\t\tp = kmalloc(12345, GFP_KERNEL); ${mark('leak')}\n\tp = NULL;\n}`,
  },
  {
    name: 'softirq', verdict: 'lost', kind: 'oops', title: /in kloop_timer_fires$/,
    code: `static void kloop_timer_fires(struct timer_list *unused)\n{\n\t*(volatile int *)8 = 1; ${mark('softirq')}\n}\nstatic DEFINE_TIMER(kloop_timer, kloop_timer_fires);\nstatic noinline void kloop_softirq(void)\n{\n\tmod_timer(&kloop_timer, jiffies + 1);\n\tmsleep(5000);\n}`,
  },
  {
    name: 'spin', verdict: 'lost', title: /the kernel hung \(watchdog fired\)/,
    code: `static noinline void kloop_spin(void)\n{\n\tlocal_irq_disable();\n\tfor (;;) barrier(); ${mark('spin')}\n}`,
  },
];

const planted = `
#include <linux/delay.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/timer.h>
${faults.map(({ code }) => code).join('\n')}
static int kloop_fault_set(const char *name, const struct kernel_param *unused)
{
${faults.map(({ name }) => `\tif (sysfs_streq(name, "${name}"))\n\t\tkloop_${name}();`).join('\n')}
\treturn 0;
}
static const struct kernel_param_ops kloop_fault_ops = { .set = kloop_fault_set };
module_param_cb(kloop_fault, &kloop_fault_ops, NULL, 0200);
`;

const treeOf = () => join(env.REPOS_DIR, readdirSync(env.REPOS_DIR).find((name) => !name.startsWith('.')) ?? '');
const lineOf = (name: string) => readFileSync(join(treeOf(), source), 'utf8').split('\n').findIndex((line) => line.endsWith(mark(name))) + 1;
let before = '';

test.before(async () => {
  // Small but for what the variant adds.
  write(join(directory, 'settings/watchdog.config'), 'CONFIG_WATCHDOG=y\nCONFIG_IB700_WDT=y\n');
  write(settings, `KERNEL_CONFIG=config/variants/tiny.config\nKERNEL_FRAGMENTS=${join(directory, 'settings/watchdog.config')}\n`);
  await run('source');
  before = readFileSync(join(treeOf(), source), 'utf8').replace(planted, '');
  writeFileSync(join(treeOf(), source), before + planted);
  const began = performance.now();
  await run('kernel', '--no-image', '--variant', 'debug');
  console.log(`# the debug variant: ${((performance.now() - began) / 1000).toFixed(0)} s`);
});
test.after(() => { if (before !== '') writeFileSync(join(treeOf(), source), before); });

test('each fault fails its run, with its title and its line; the loop goes on', async () => {
  const script = join(directory, 'settings/fault.sh');
  const choose = (name: string) => write(script, `#!/bin/sh\necho ${name} > /sys/module/ksysfs/parameters/kloop_fault\n`);
  choose('none');
  const loop = new WatchRun({ dir: join(directory, 'settings'), env: { ...process.env, ...env } }, ['--variant', 'debug', '--watchdog', '--timeout', '5m', '--also', script, '--', 'sh', script]);
  try {
    const first = await loop.next(900_000);
    assert.is(first.verdict, 'passed', loop.stderr);
    await loop.says(/watching \d+ files/);
    for (const { name, verdict, kind, title } of faults) {
      const from = loop.stderr.length;
      choose(name);
      const ended = await loop.next(900_000);
      const said = () => loop.stderr.slice(from);
      console.log(`# ${name}: ${ended.verdict}, ${(ended.totalMs / 1000).toFixed(1)} s: ${ended.splats?.map((splat) => splat.title).join('; ') ?? ended.words}`);
      assert.is(ended.verdict, verdict, said());
      const found = ended.splats?.find((splat) => splat.kind === kind)?.title ?? ended.words ?? '';
      assert.match(found, title);
      await loop.says(new RegExp(`${source.replaceAll('.', '\\.')}:${lineOf(name)}\\b`), from, 120_000);
    }
    const from = loop.stderr.length;
    choose('none');
    assert.is((await loop.next(900_000)).verdict, 'passed', loop.stderr.slice(from));
  } finally {
    await loop.stop();
  }
});

test('back to the kernel without a variant, and to debug again: the second time nothing is compiled', async () => {
  writeFileSync(join(treeOf(), source), before);
  for (const variant of [[], ['--variant', 'debug']]) await run('kernel', '--no-image', ...variant);
  for (const variant of [[], ['--variant', 'debug'], [], ['--variant', 'debug']]) assert.match((await run('kernel', '--no-image', ...variant)).stderr, 'kernel: up to date');
});

test.run();
