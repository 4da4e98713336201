import type { Callback, Test } from 'uvu';

/** Whether this is `npm run test:long`: what takes minutes and shows little more is left to it. */
export const isLongRun = process.env['KLOOP_TEST_LONG'] !== undefined;

/**
 * Registers tests that need something of the host. Where it is lacking they are
 * skipped, and counted as skipped: one that returned early would count as passed.
 */
export function testIf<T>(there: boolean, test: Test<T>): (name: string, body: Callback<T>) => void {
  return (name, body) => { if (there) test(name, body); else test.skip(name, body); };
}
