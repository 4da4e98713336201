/** `--kernel host` and `--kernel installed:VERSION`: replaced by the path of the image. */
import type { Call } from '../../cli/spec.ts';
import { findKernel } from '../../machine/modules/find.ts';
import { isFailure, type Result } from '../../report/failure.ts';

/** @returns the call with a path for `--kernel`; or `kernel-named`, where there is no such kernel */
export function withKernelFound(call: Call, cwd: string): Result<Call> {
  const { kernel } = call.options;
  if (typeof kernel !== 'string') return call;
  const found = findKernel(kernel, cwd);
  return isFailure(found) ? found : { ...call, options: { ...call.options, kernel: found } };
}
