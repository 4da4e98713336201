/** A run of the loop: from a save, or a key, to its verdict. Pure. */
import type { Changes } from '../checks/history.ts';
import type { Counts } from '../checks/outcome.ts';
import type { Splat } from '../console/splat.ts';
import { placesOfLost, splatsOfLost } from '../machine/lost-vm.ts';
import type { Failure } from '../report/failure.ts';

/** How the tests of a run came out. */
export interface Tested {
  readonly counts: Counts;
  /** Those that did not pass. */
  readonly failing: readonly string[];
  readonly changes: Changes;
}

/** How a run came out. */
export type Verdict =
  | { readonly is: 'passed'; readonly tests?: Tested }
  /** The command's own status, not 0. */
  | { readonly is: 'failed'; readonly status: number; readonly splats?: readonly Splat[]; readonly tests?: Tested }
  /** The kernel complained, though the command's status was 0, or before there was one. */
  | { readonly is: 'splat'; readonly splats: readonly Splat[] }
  /** The command took longer than `--timeout`; of tests one did, or some, and nothing else failed. */
  | { readonly is: 'timed-out'; readonly splats?: readonly Splat[]; readonly tests?: Tested }
  /** Shell mode: the person is in the new kernel. */
  | { readonly is: 'up' }
  /** Settings, config or build; the VM is as it was. */
  | { readonly is: 'build-failed'; readonly failure: Failure }
  /** A panic, a hang, a boot that did not get there, a QEMU that died. */
  | { readonly is: 'lost'; readonly failure: Failure }
  /** A newer kernel took its place before it had a verdict. */
  | { readonly is: 'superseded' };

/** Times are ms of a clock that does not jump; those of stages not reached are absent. */
export interface Run {
  readonly number: number;
  readonly cause: 'start' | 'save' | 'key';
  /** What was saved, in order. */
  readonly changed: readonly string[];
  /** When the newest of these saves was noticed; for other causes, when it began. */
  readonly savedAt: number;
  /** Builds of it that were given up for a newer save. */
  readonly restarts: number;
  readonly buildAt?: number;
  readonly builtAt?: number;
  readonly bootAt?: number;
  /** Instead of a boot: modules are exchanged in the VM that runs. */
  readonly swapAt?: number;
  readonly swappedAt?: number;
  /** Those that were exchanged, by name; none where those that changed were not loaded. */
  readonly swapped?: readonly string[];
  /** The guest's shell was started; it is up when it reads. */
  readonly begunAt?: number;
  readonly upAt?: number;
  readonly endAt?: number;
}

/** A run with its verdict. */
export interface Concluded {
  readonly run: Run;
  readonly verdict: Verdict;
}

/** What each stage took, in ms. */
interface Costs {
  readonly buildMs?: number;
  readonly bootMs?: number;
  readonly swapMs?: number;
  /** What the shell does before it can be typed into. */
  readonly shellMs?: number;
  readonly commandMs?: number;
  /** From the save to the result. */
  readonly totalMs: number;
}

export function costsOf(run: Run): Costs {
  const last = run.endAt ?? run.upAt ?? run.builtAt ?? run.savedAt;
  return {
    ...span('buildMs', run.buildAt, run.builtAt),
    ...span('bootMs', run.bootAt, run.begunAt ?? run.upAt),
    ...span('swapMs', run.swapAt, run.swappedAt),
    ...span('shellMs', run.begunAt, run.upAt),
    ...span('commandMs', run.upAt, run.endAt),
    totalMs: last - run.savedAt,
  };
}

/**
 * About what such a run would take if what was saved were a module: without the link of
 * vmlinux, and the boot. Its own link and its exchange are small beside these, and not counted.
 *
 * @param compiledAt when the newest object of it was there, by the same clock
 */
export function asModuleMs(run: Run, compiledAt: number): number {
  const { totalMs, bootMs = 0 } = costsOf(run);
  const [from, to] = [run.buildAt ?? run.savedAt, run.builtAt ?? run.savedAt];
  return totalMs - bootMs - (to - Math.min(Math.max(compiledAt, from), to));
}

function span<K extends string>(name: K, from: number | undefined, to: number | undefined): { [key in K]?: number } {
  return from === undefined || to === undefined ? {} : { [name]: to - from } as { [key in K]: number };
}

export function isGood(verdict: Verdict): boolean {
  return verdict.is === 'passed' || verdict.is === 'up';
}

/** The places in the kernel's code that it names. */
export function placesIn(verdict: Verdict): readonly Pick<Splat, 'frames'>[] {
  return verdict.is === 'lost' ? placesOfLost(verdict.failure) : splatsIn(verdict);
}

/** What the kernel complained of in it. */
export function splatsIn(verdict: Verdict): readonly Splat[] {
  if ('splats' in verdict) return verdict.splats ?? [];
  return verdict.is === 'lost' ? splatsOfLost(verdict.failure) : [];
}
