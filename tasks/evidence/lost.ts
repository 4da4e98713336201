/** Which failures and reports leave evidence, and what they tell. Pure. */
import { titlesInShort } from '../console/words.ts';
import type { Splat } from '../console/splat.ts';
import { machineFailure } from '../machine/reasons.ts';
import type { Failure } from '../report/failure.ts';
import type { Incident } from './incident.ts';

/** Whether a VM was lost: a panic, a hang, a QEMU that died, a module that could not be exchanged any more. */
export function isLostVm(failure: Failure): boolean {
  return machineFailure.is(failure, 'vm-lost', 'vm-boot-hang', 'vm-wedged', 'module-hangs', 'module-lost');
}

type IncidentWords = Pick<Incident, 'what' | 'told'>;

/** What a failure tells beside its console. */
export function toldOf({ words }: Failure): IncidentWords {
  return { what: words.what, told: words.why ?? [] };
}

/** What reports tell of a command that ended. */
export function toldOfSplats(splats: readonly Splat[]): IncidentWords {
  return { what: `the kernel complained: ${titlesInShort(splats)}`, told: [] };
}
