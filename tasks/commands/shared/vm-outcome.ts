/** How `vm` came out, for a program that reads `--json`. Pure. */
import type { Splat } from '../../console/splat.ts';
import { machineFailure } from '../../machine/reasons.ts';
import { seenJson, type Seen } from '../../paths/seen.ts';
import type { Failure } from '../../report/failure.ts';
import { interruption } from '../../report/interrupted.ts';

/** What is known of it at its end. Filled as it goes; times are in ms. */
export interface VmOutcome {
  readonly variant?: string | undefined;
  /** Of interop: the two kernels, as they were named. */
  readonly pair?: { readonly client: string; readonly server: string };
  /** Why the command has no status. */
  failure?: Failure;
  /** The command's. */
  status?: number;
  /** The image that was to be booted; absent where there was none yet. */
  kernel?: string;
  splats: readonly Splat[];
  /** The directory that it is kept in. */
  evidence?: string;
  /** The console's. */
  log?: string;
  /** For all targets, whether something was built or not. */
  buildMs?: number;
  /** From QEMU's start to the command's. */
  bootMs?: number;
  commandMs?: number;
  /** What went over its paths. */
  paths?: Seen;
}

/** The words of `watch --json`; and `not-run` for a failure before there is a VM that isn't the build's. */
type VmVerdict = 'passed' | 'failed' | 'splat' | 'timed-out' | 'lost' | 'build-failed' | 'interrupted' | 'not-run';

export function verdictOf({ failure, status, kernel, splats, buildMs }: VmOutcome): VmVerdict {
  if (failure === undefined) return status !== 0 ? 'failed' : splats.length > 0 ? 'splat' : 'passed';
  if (interruption.is(failure, 'interrupted')) return 'interrupted';
  if (machineFailure.is(failure, 'vm-timeout')) return 'timed-out';
  if (failure.words.exitStatus === 255) return 'lost';
  return kernel === undefined && buildMs !== undefined ? 'build-failed' : 'not-run';
}

/** @param exit kloop's own status @param totalMs from kloop's start */
export function vmJson(outcome: VmOutcome, exit: number, totalMs: number): string {
  const { variant, pair, failure, status, kernel, splats, evidence, log, buildMs, bootMs, commandMs, paths } = outcome;
  return `${JSON.stringify({
    variant, ...pair, verdict: verdictOf(outcome), exit, status, reason: failure?.detail.reason, words: failure?.words.what, kernel,
    splats: splats.map(({ kind, title }) => ({ kind, title })), evidence, log: log ?? failure?.words.log,
    ...rounded({ buildMs, bootMs, commandMs, totalMs }),
    ...(paths === undefined ? {} : { network: seenJson(paths) }),
  })}\n`;
}

function rounded(times: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(Object.entries(times).flatMap(([name, ms]) => (ms === undefined ? [] : [[name, Math.round(ms)]])));
}
