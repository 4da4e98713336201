/** The reports in the failure of a VM that was lost, and where a hung one was. Pure. */
import { annotated, annotatedTail, type Decoded } from '../console/annotate.ts';
import { frameOf } from '../console/frames.ts';
import type { Splat } from '../console/splat.ts';
import type { Failure } from '../report/failure.ts';
import { machineFailure } from './reasons.ts';

/** What its kernel complained of; nothing where the failure is another. */
export function splatsOfLost(failure: Failure): readonly Splat[] {
  return machineFailure.is(failure, 'vm-lost', 'module-hangs', 'module-lost') ? failure.detail.splats : [];
}

type Places = Pick<Splat, 'lines' | 'frames'>;

/** Where a kernel that hung was, in the form of a report: the first line is the very place, the others are what it returns to. */
function whereOf(lines: readonly string[]): Places {
  return { lines, frames: lines.flatMap((line, i) => { const frame = frameOf(line, i); return frame === undefined ? [] : [{ ...frame, exact: i === 0 }]; }) };
}

/** All places in the kernel's code that the failure names. */
export function placesOfLost(failure: Failure): readonly Places[] {
  if (machineFailure.is(failure, 'vm-wedged') || machineFailure.is(failure, 'vm-boot-hang')) return [whereOf(failure.detail.where)].filter(({ frames }) => frames.length > 0);
  return splatsOfLost(failure);
}

/** The same failure, with the source lines of the frames in its console's tail, and of where it hung. */
export function withSourceLines(failure: Failure, decoded: Decoded): Failure {
  if (machineFailure.is(failure, 'vm-wedged') || machineFailure.is(failure, 'vm-boot-hang')) {
    const { detail } = failure;
    return machineFailure({ ...detail, where: annotated(whereOf(detail.where), decoded) });
  }
  if (!machineFailure.is(failure, 'vm-lost', 'module-hangs', 'module-lost')) return failure;
  const { detail } = failure;
  return machineFailure({ ...detail, tail: annotatedTail(detail.tail, detail.splats, decoded) });
}
