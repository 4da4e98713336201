/** QEMU's bridge helper, by which ordinary users get NICs on bridges: where it is, and whether it may. */
import { existsSync, statSync } from 'node:fs';
import { bridgeHelpers } from '../../../config/packages.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure } from '../../report/failure.ts';

export function findBridgeHelper(): string | undefined {
  return bridgeHelpers.find((path) => existsSync(path));
}

/** Setuid root, or with the capability that suffices. (qemu-bridge-helper(1)) */
export async function mayMakeNics(helper: string, processes: Processes): Promise<boolean> {
  const stat = statSync(helper);
  if (stat.uid === 0 && (stat.mode & 0o4000) !== 0) return true;
  const said = await processes.run({ argv: ['getcap', helper], timeoutMs: 5000 });
  return !isFailure(said) && said.stdout.includes('cap_net_admin');
}
