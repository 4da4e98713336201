/** The VM that a command is for, and a connection to it. */
import type { Context } from '../shared/context.ts';
import { linkTo, type VmLink } from '../../machine/reach/link.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { chosenVm } from '../../vms/choose.ts';
import type { VmEntry } from '../../vms/entry.ts';
import { listVms } from '../../vms/registry.ts';

/** The operand of all that reach a VM. */
export const nameOperand = { name: 'name', summary: 'a VM that runs, by its name in `kloop ps` (default: the only one, or the only one of this tree)' } as const;

export async function namedVm(name: string | undefined, { settings }: Pick<Context, 'settings'>): Promise<Result<VmEntry>> {
  const running = await listVms();
  return isFailure(running) ? running : chosenVm(running, name, settings.stateDir);
}

export async function linkToNamed(name: string | undefined, context: Pick<Context, 'settings'>): Promise<Result<{ readonly vm: VmEntry; readonly link: VmLink }>> {
  const vm = await namedVm(name, context);
  if (isFailure(vm)) return vm;
  const link = await linkTo(vm);
  return isFailure(link) ? link : { vm, link };
}
