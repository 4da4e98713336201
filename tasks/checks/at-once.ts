/** How many VMs this host can run at once. Pure. */

/** What each of them takes. */
interface VmSize {
  readonly memoryBytes: number;
  /** 0: as many as it gets. */
  readonly cpus: number;
}

interface HostSize {
  /** What is available without swapping; bytes. */
  readonly availableBytes: number;
  readonly processors: number;
}

/** QEMU's own, beside the guest's memory: its code and what it makes of the guest's, where it emulates. (Measured: 130 MiB.) */
const qemuBytes = 256 << 20;

/** @returns the number, at least one; and why it is less than was asked for, in words */
export function vmsAtOnce(asked: number, vm: VmSize, host: HostSize): { readonly vms: number; readonly why?: string } {
  const byMemory = Math.floor(host.availableBytes / (vm.memoryBytes + qemuBytes));
  const byProcessors = Math.floor(host.processors / Math.max(1, vm.cpus));
  const vms = Math.max(1, Math.min(asked, byMemory, byProcessors));
  if (vms === asked) return { vms };
  const why = byMemory < byProcessors
    ? `each takes ${gib(vm.memoryBytes + qemuBytes)} of memory, and ${gib(host.availableBytes)} are available`
    : `this host has ${host.processors} ${host.processors === 1 ? 'processor' : 'processors'}${vm.cpus > 1 ? `, and each has ${vm.cpus}` : ''}`;
  return { vms, why: `${vms} ${vms === 1 ? 'VM' : 'VMs at once'} instead of ${asked}: ${why}` };
}

const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
