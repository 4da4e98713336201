/** The reports in the failure of a VM that was lost. Pure. */
import { annotatedTail, type Decoded } from '../console/annotate.ts';
import type { Splat } from '../console/splat.ts';
import type { Failure } from '../report/failure.ts';
import { machineFailure } from './reasons.ts';

/** What its kernel complained of; nothing where the failure is another. */
export function splatsOfLost(failure: Failure): readonly Splat[] {
  return machineFailure.is(failure, 'vm-lost') ? failure.detail.splats : [];
}

/** The same failure, with the source lines of the frames in its console's tail. */
export function withSourceLines(failure: Failure, decoded: Decoded): Failure {
  if (!machineFailure.is(failure, 'vm-lost')) return failure;
  const { detail } = failure;
  return machineFailure({ ...detail, tail: annotatedTail(detail.tail, detail.splats, decoded) });
}
