/** kmemleak, asked when a command has ended. */
import type { Guest } from '../guest/control.ts';
import { guestEnvironment } from '../guest/environment.ts';

/**
 * In the guest: it looks twice, for it tells of what has not changed between two
 * looks and is at least five seconds old (Documentation/dev-tools/kmemleak.rst),
 * and puts what it found on the console, where all complaints are looked for.
 * What was told is not told again.
 */
const script = `cd /sys/kernel/debug || exit 0
test -w kmemleak || exit 0
echo scan > kmemleak || exit 0
sleep 6
echo scan > kmemleak
cat kmemleak > /dev/console
echo clear > kmemleak`;

/** How long it may take, ms: a look goes over all of the memory, and may be emulated. */
const longestMs = 120_000;

/** Whether a kernel of this configuration has kmemleak. */
export const hasKmemleak = (config: string | undefined): boolean => /^CONFIG_DEBUG_KMEMLEAK=y$/m.test(config ?? '');

/** Resolves when it has told, or the VM has gone: its reports are on the console then. */
export async function askKmemleak(guest: Pick<Guest, 'start'>, gone: Promise<unknown>): Promise<void> {
  const session = guest.start({ argv: ['/bin/sh', '-c', script], cwd: '/', env: guestEnvironment(process.env, [], '/') }, (_, __, taken) => taken());
  session.endInput();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => { timer = setTimeout(resolve, longestMs); });
  await Promise.race([session.ended, gone, late]);
  clearTimeout(timer);
}
