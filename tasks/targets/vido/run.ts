/** Boots by vido instead of kloop's own launcher (VM_RUNNER=vido). */
import { shellQuote } from '../../text/values.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import type { Processes } from '../../host/processes/process.ts';
import { kvmVerdict } from '../../machine/qemu/accelerator.ts';
import { probeVido, type VidoPlace } from './probe.ts';
import { vidoArguments, vidoObstacles, type VidoRequest } from './arguments.ts';
import { vidoFailure } from './reasons.ts';
import type { Bytes } from '../../machine/description.ts';

interface VidoContext {
  readonly processes: Processes;
  readonly stateDir: string;
  readonly signal: AbortSignal;
}

/** A VM for vido, and where vido comes from. */
type VidoVm = VidoRequest & VidoPlace & { readonly qemu: string };

/** @returns vido's command line, an option a line, ready to paste; or `vido-cannot`, known before the boot. */
export async function describeVido(request: VidoVm, context: VidoContext): Promise<Result<string>> {
  const refused = await vidoRefusal(request, context);
  if (refused !== undefined) return refused;
  return `${vidoArguments(request).map(shellQuote).join(' ').replaceAll(/ (?=--(?:\w|$| ))/g, ' \\\n  ')}\n`;
}

/**
 * vido has the terminal. Its exit status is the guest command's; what it does
 * on a panic (status 2) and at its end is its own affair.
 *
 * @returns the status, 124 when `timeoutMs` (0: never) is over; or `vido-cannot`.
 */
export async function runByVido(request: VidoVm & { readonly timeoutMs: number; readonly cwd: Bytes }, context: VidoContext): Promise<Result<number>> {
  const refused = await vidoRefusal(request, context);
  if (refused !== undefined) return refused;
  const limit = request.timeoutMs > 0 ? ['timeout', '--foreground', `${request.timeoutMs / 1000}`] : [];
  const ran = await context.processes.run({ argv: [...limit, ...vidoArguments(request)], cwd: request.cwd.toString(), interactive: true, signal: context.signal });
  if (isFailure(ran)) return ran;
  // 255: the VM was lost, by a signal to vido.
  return typeof ran.status === 'number' ? ran.status : 255;
}

/** Why vido cannot boot this, as far as is known before it is cloned. */
export async function vidoRefusal(request: VidoPlace & Pick<VidoVm, 'nics' | 'watchdog' | 'qemu'>, { processes, stateDir }: Omit<VidoContext, 'signal'>): Promise<Failure | undefined> {
  const kvm = await kvmVerdict({ qemu: request.qemu, stateDir });
  if (isFailure(kvm)) return kvm;
  const facts = await probeVido({ vido: request.vido, clone: request.clone, source: request.source, qemu: request.qemu, kvmWorks: kvm.kvm === 'works', processes });
  const obstacles = vidoObstacles(request, facts);
  return obstacles.length > 0 ? vidoFailure({ reason: 'vido-cannot', obstacles }) : undefined;
}
