/** Waits for what another kloop is to do, unless that one does nothing at all. */
import type { Failure } from '../../report/failure.ts';
import { interrupted } from '../../report/interrupted.ts';
import type { VmEntry } from '../../vms/entry.ts';
import { vmsFailure } from '../../vms/reasons.ts';

/** A kloop that has not answered for so long was stopped (Ctrl-Z). Ms. */
const answerMs = 5000;

/** @returns what came; `vm-silent`, or that we were interrupted */
export async function unlessStuck<T>(what: Promise<T>, vm: VmEntry, signal: AbortSignal, ms = answerMs): Promise<T | Failure> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Failure>((resolve) => { timer = setTimeout(() => resolve(vmsFailure({ reason: 'vm-silent', name: vm.name, pid: vm.pid })), ms); });
  const stopped = new Promise<Failure>((resolve) => {
    if (signal.aborted) resolve(interrupted(signal));
    signal.addEventListener('abort', () => resolve(interrupted(signal)), { once: true });
  });
  const got = await Promise.race([what, late, stopped]);
  clearTimeout(timer);
  return got;
}
