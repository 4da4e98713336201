/** How long a program of a kselftest collection may take. Pure. */

/** kselftest's own, where the collection says nothing: seconds. (tools/testing/selftests/kselftest/runner.sh) */
const kselftestSeconds = 45;

/** What takes a second on the host takes 10 to 14 in an emulated guest: the limits are meant for real machines. (measured: git status, fork and exec) */
export const emulationFactor = 10;

/**
 * The time limit that a collection's `settings` file sets: `timeout=1800`; 0 is
 * none. The last line counts, as when a shell reads them.
 *
 * @param settings its text; `undefined` where there is none
 * @returns seconds
 */
export function limitOf(settings: string | undefined): number {
  const found = [...(settings ?? '').matchAll(/^timeout=(\d+)/gm)].at(-1)?.[1];
  return found === undefined ? kselftestSeconds : Number(found);
}

/** The limit in an emulated guest, or on the bare processor; ms, 0: none. */
export function scaledMs(seconds: number, accel: 'kvm' | 'tcg'): number {
  return seconds * 1000 * (accel === 'tcg' ? emulationFactor : 1);
}
