/** The VM that takes the place of one that has ended: a watch's next one. */
import { isAlive } from '../../host/processes/process.ts';
import { isFailure } from '../../report/failure.ts';
import type { VmEntry } from '../../vms/entry.ts';
import { listVms } from '../../vms/registry.ts';

/** How often it is looked whether it is there; ms. */
const lookMs = 250;

/** Whether its kloop boots another one when it has ended. */
export const hasNext = (vm: VmEntry): boolean => vm.kloop[0] === 'watch';

/** @returns `undefined` where that kloop has ended, or we are to */
export async function nextVm(last: VmEntry, over: AbortSignal): Promise<VmEntry | undefined> {
  while (!over.aborted && isAlive(last.pid)) {
    const running = await listVms();
    const next = isFailure(running) ? undefined : running.find(({ pid, startedMs }) => pid === last.pid && startedMs > last.startedMs);
    if (next !== undefined) return next;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
  return undefined;
}
