/** The VM that it went wrong in. */
import { kernelCommandLine } from '../../machine/qemu/arguments.ts';
import { prepare } from '../../machine/run/prepare.ts';
import type { VmRequest } from '../../machine/request.ts';
import { isFailure } from '../../report/failure.ts';
import type { VmFacts } from './facts.ts';
import type { Run } from './run.ts';

/** Asked of the host once more: it answers as it did when the VM was started. */
export async function vmFacts(request: VmRequest, { stateDir, run }: { readonly stateDir: string; readonly run: Run }): Promise<VmFacts> {
  const version = await run({ argv: [request.qemu, '--version'] });
  const qemu = isFailure(version) || version.status !== 0 ? request.qemu : (version.stdout.split('\n')[0] ?? request.qemu);
  const prepared = await prepare(request, { stateDir });
  if (isFailure(prepared)) return { words: `${qemu}, ${mib(request.memoryBytes)}`, commandLine: undefined };
  const { machine } = prepared;
  const counted = (count: number, one: string, many: string) => (count === 0 ? [] : [`${count} ${count === 1 ? one : many}`]);
  const none = { kind: 'none' } as const;
  return {
    words: [
      qemu, machine.machine, machine.accel === 'kvm' ? 'KVM' : 'emulated (TCG)', ...counted(machine.cpus, 'processor', 'processors'), mib(machine.memoryBytes),
      ...counted(machine.nics.length, 'NIC', 'NICs'), ...counted(machine.disks.length, 'disk', 'disks'),
    ].join(', '),
    commandLine: kernelCommandLine({ ...machine, initramfs: '', console: none, control: none, monitor: none, ...(request.gdb !== undefined ? { gdbPort: 1 } : {}) }),
  };
}

const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
