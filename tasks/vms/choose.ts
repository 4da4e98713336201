/** Which VM is meant. Pure. */
import { nearest } from '../text/nearest.ts';
import type { Result } from '../report/failure.ts';
import type { VmEntry } from './entry.ts';
import { vmsFailure } from './reasons.ts';

/**
 * The one of that name; without one, the only one that runs, or else the only
 * one of this STATE_DIR (a tree's, that of one of its variants included). A peer
 * is only meant where it is named.
 */
export function chosenVm(all: readonly VmEntry[], name: string | undefined, stateDir: string): Result<VmEntry> {
  const running = name === undefined ? all.filter(({ lab }) => lab?.role !== 'peer') : all;
  const names = running.map((vm) => vm.name);
  if (name !== undefined) return running.find((vm) => vm.name === name) ?? vmsFailure({ reason: 'no-vm', name, running: names, nearest: nearest(name, names) });
  const [first] = running;
  if (first === undefined) return vmsFailure({ reason: 'no-vm', name, running: names, nearest: undefined });
  const inTree = running.filter((vm) => vm.stateDir === stateDir || vm.stateDir.startsWith(`${stateDir}/`));
  const [only] = inTree;
  if (running.length === 1) return first;
  return inTree.length === 1 && only !== undefined ? only : vmsFailure({ reason: 'which-vm', running: names });
}
