/** A VM that another kloop has, for tests of what reaches into it; in a list of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kloop, startKloop, type Ended } from '../../support/kloop.ts';
import { until } from '../../support/until.ts';

export interface RunningVm {
  /** XDG_RUNTIME_DIR, for whoever is to see it. */
  readonly env: { readonly XDG_RUNTIME_DIR: string };
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Runs kloop to its end. */
  kloop(args: readonly string[], input?: string): Promise<Ended>;
  end(): Promise<void>;
}

/** Of the copy: other tests edit and build the shared tree meanwhile. */
const kernel = process.env['KLOOP_TEST_KERNEL'] ?? '';

/**
 * @param args of `kloop vm`
 * @param more settings
 * @param boots what it boots
 */
export async function startVm(args: readonly string[], more: Readonly<Record<string, string>> = {}, boots: readonly string[] = ['--kernel', kernel]): Promise<RunningVm> {
  const dir = mkdtempSync(join(tmpdir(), 'k-'));
  const env = { XDG_RUNTIME_DIR: dir };
  const running = startKloop(['vm', ...boots, '--quiet', ...args], { env: { ...env, ...more } });
  const run = (words: readonly string[], input?: string) => kloop(words, { env, ...(input === undefined ? {} : { input }) });
  // A test that does not get its VM ends, and leaves none.
  const lost = (why: string) => {
    running.child.kill('SIGKILL');
    return new Error(why);
  };
  const over = running.ended.then(({ stderr }) => { throw lost(`the VM has ended:\n${stderr}`); });
  over.catch(() => undefined);
  // There is a list when the VM has been started; a command waits until the guest can take it.
  const listed = until('the VM is in the list', async () => (await run(['ps', '--json'])).stdout.includes('"name"'), 120_000);
  await Promise.race([listed, over]).catch((error: unknown) => { throw lost(String(error)); });
  const first = await Promise.race([run(['exec', '--', 'true']), over]);
  if (first.status !== 0) throw lost(`the VM cannot be reached:\n${first.stderr}`);
  return {
    env, pid: running.child.pid ?? 0, ended: running.ended, kloop: run,
    end: async () => {
      running.child.kill('SIGTERM');
      await running.ended;
      rmSync(dir, { recursive: true });
    },
  };
}
