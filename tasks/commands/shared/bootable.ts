/** From what was asked of a VM to what can be booted: its kernel, the machine that this needs, its NICs. */
import { machineFor } from '../../machine/microvm.ts';
import type { VmRequest } from '../../machine/request.ts';
import { claimSlot, nicsFor } from '../../network/nics/nics.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { bootedKernel } from '../../targets/goals.ts';
import type { Context } from './context.ts';
import type { AskedVm } from './vm-request.ts';

export interface Bootable {
  readonly request: VmRequest;
  /** Gives back what was claimed for the VM. */
  release(): Promise<void>;
}

interface BootableOptions {
  /** Who claims it, for whoever else asks: 'kloop vm'. */
  readonly by: string;
  /** Only its description is wanted: a bridge that is not there yet counts as there. */
  readonly dryRun?: boolean;
}

/** When all that the VM needs has been brought up. */
export async function bootable(asked: AskedVm, { settings, processes }: Context, { by, dryRun = false }: BootableOptions): Promise<Result<Bootable>> {
  const booted = asked.kernel === undefined ? bootedKernel(settings) : { path: asked.kernel, findsMicrovm: true, modules: undefined };
  if (isFailure(booted)) return booted;
  const claim = asked.nics.some((nic) => nic !== 'user') ? await claimSlot(settings, `${by} (pid ${process.pid})`) : undefined;
  const given = await nicsFor(asked.nics, { settings, processes, slot: claim?.slot ?? 0, ...(dryRun ? { ours: settings.bridgeName } : {}) });
  if (isFailure(given)) return given;
  return {
    request: { ...asked, kernel: booted.path, modules: booted.modules, machine: machineFor(asked.machine, booted.findsMicrovm), nics: given.nics, leases: given.leases },
    release: async () => { await claim?.lock.release(); },
  };
}
