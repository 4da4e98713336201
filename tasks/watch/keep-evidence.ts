/** Which runs leave evidence, and what it tells. Pure. */
import type { Decoded } from '../console/annotate.ts';
import type { Incident } from '../evidence/incident.ts';
import { isLostVm, toldOf, toldOfSplats } from '../evidence/lost.ts';
import { withSourceLines } from '../machine/lost-vm.ts';
import { machineFailure } from '../machine/reasons.ts';
import { runLine } from './run-words.ts';
import { isGood, splatsIn, type Concluded, type Verdict } from './run.ts';

/** What is known of a run's VM when it has its verdict: it may be gone soon. */
export interface Scene extends Pick<Incident, 'atMs' | 'typed' | 'command' | 'outputs' | 'consoles' | 'request' | 'booted' | 'opened'> {
  /** What its tests came to, where some failed. */
  readonly tests: Pick<Incident, 'what' | 'told'> | undefined;
}

/** A VM that was lost, or that did not kill its command; tests that failed; and whatever the kernel complained of. */
export function leavesEvidence(verdict: Verdict): boolean {
  if (splatsIn(verdict).length > 0) return true;
  if (verdict.is === 'lost') return isLostVm(verdict.failure) || machineFailure.is(verdict.failure, 'vm-timeout');
  return 'tests' in verdict && verdict.tests !== undefined && !isGood(verdict);
}

export function incidentOf(concluded: Concluded, decoded: Decoded, { tests, ...scene }: Scene): Incident {
  const { verdict } = concluded;
  const splats = splatsIn(verdict);
  const { what, told } = 'failure' in verdict ? toldOf(withSourceLines(verdict.failure, decoded)) : 'tests' in verdict && tests !== undefined ? tests : toldOfSplats(splats);
  const status = verdict.is === 'failed' ? verdict.status : verdict.is === 'timed-out' ? 'timed out' : undefined;
  return {
    ...scene, by: 'watch', what, splats, decoded,
    told: [...told, runLine(concluded, { short: (path) => path, colour: false })],
    ...(status === undefined ? {} : { status }),
  };
}
