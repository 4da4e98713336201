/** A program for tests: runs the VM that KLOOP_HARNESS describes (JSON), on its own standard streams. */
import { isFailure, formatFailure } from '../../tasks/report/failure.ts';
import type { VmRequest } from '../../tasks/machine/request.ts';
import { describeVm, runVm } from '../../tasks/machine/run/run.ts';
import { plainRequest } from './plain.ts';

const asked = JSON.parse(process.env['KLOOP_HARNESS'] ?? '{}') as { request: Partial<VmRequest>; stateDir: string; dryRun?: boolean };
const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => abort.abort(signal));
const context = {
  stateDir: asked.stateDir, signal: abort.signal, say: (line: string) => process.stderr.write(`kloop: ${line}\n`), status: undefined,
  env: process.env, stdin: process.stdin, stdout: process.stdout, stderr: process.stderr,
};
const request = { ...plainRequest, ...asked.request };
const outcome = asked.dryRun ? await describeVm(request, context) : await runVm(request, context);
if (isFailure(outcome)) {
  process.stderr.write(formatFailure(outcome));
  process.exitCode = outcome.words.exitStatus ?? 125;
} else if ('text' in outcome) {
  process.stdout.write(outcome.text);
} else {
  process.exitCode = outcome.status;
}
