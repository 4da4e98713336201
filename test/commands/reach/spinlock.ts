/** A planted fault: a spinlock that is taken twice by whoever writes to /proc/sys/vm/drop_caches: 1, with interrupts on; 2, with interrupts off. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startKloop } from '../../support/kloop.ts';
import { until } from '../../support/until.ts';
import { EditedFunction } from '../../watch/modules/modular-kernel.ts';
import type { RunningVm } from './running.ts';

/** The function of the kernel's that has it. */
export const spinner = 'drop_caches_sysctl_handler';
export const spinningFile = 'fs/drop_caches.c';

export class PlantedSpinlock {
  readonly #source: EditedFunction;
  /** The number of its line. */
  readonly line: number;

  constructor(tree: string) {
    this.#source = new EditedFunction(join(tree, spinningFile), '\tif (ret)\n\t\treturn ret;');
    this.#source.begin('if (write) { static DEFINE_SPINLOCK(taken); pr_emerg("kloop test: spins\\n"); if (sysctl_drop_caches == 2) local_irq_disable(); spin_lock(&taken); spin_lock(&taken); }');
    this.line = readFileSync(this.#source.path, 'utf8').split('\n').findIndex((text) => text.includes('kloop test')) + 1;
  }

  remove(): void {
    this.#source.restore();
  }
}

/** Has a CPU of the VM take it. */
export async function spin(vm: RunningVm, interrupts: 'on' | 'off'): Promise<void> {
  const taking = startKloop(['exec', '--', 'sh', '-c', `echo ${interrupts === 'on' ? 1 : 2} >/proc/sys/vm/drop_caches`], { env: vm.env });
  await until('it spins', async () => (await vm.kloop(['console'])).stdout.includes('kloop test: spins'));
  taking.child.kill('SIGINT');
  await taking.ended;
}
