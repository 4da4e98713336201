/** The drivers that a VM needs before its root is there, by the names of their modules. Pure. */
import type { VmDescription } from '../description.ts';
import type { FilesBy } from '../files-by.ts';

interface NeededModule {
  readonly name: string;
  /** Without it the VM cannot start at all; else something else may do, or it may be loaded later. */
  readonly essential: boolean;
  readonly why: string;
}

/** What decides of a VM. */
export type ModuleVm = Pick<VmDescription, 'machine' | 'nics' | 'disks' | 'watchdogSeconds' | 'pmemBytes'>;

/** By both ways. */
export const filesModules: Readonly<Record<FilesBy, readonly string[]>> = { '9p': ['9pnet_virtio', '9p'], fuse: ['fuse'] };

/**
 * In the order in which they are loaded.
 *
 * @param files by what the root comes, and then the directories below --rw-dirs
 */
export function neededModules(vm: ModuleVm, files: readonly FilesBy[]): NeededModule[] {
  const essential = (name: string, why: string): NeededModule => ({ name, essential: true, why });
  return [
    essential(vm.machine === 'microvm' ? 'virtio_mmio' : 'virtio_pci', "QEMU's devices"),
    essential('virtio_console', "the command's input and output"),
    ...[...new Set(files)].flatMap((by, i) => filesModules[by].map((name) => essential(name, i === 0 ? "the host's file system as root" : 'directories below --rw-dirs'))),
    // Without it the root is read-only.
    { name: 'overlay', essential: false, why: "copy on write over the host's files" },
    ...(vm.nics.length > 0 ? [essential('virtio_net', 'NICs')] : []),
    ...(vm.nics.some((nic) => nic.kind !== 'user') ? [{ name: 'af_packet', essential: false, why: 'DHCP' }] : []),
    ...(vm.disks.some(({ bus }) => bus === 'virtio') ? [essential('virtio_blk', 'disks')] : []),
    ...(vm.disks.some(({ bus }) => bus === 'nvme') ? [essential('nvme', 'NVMe drives')] : []),
    ...(vm.pmemBytes.length > 0 ? [essential('nfit', 'persistent memory'), essential('nd_pmem', 'persistent memory')] : []),
    ...(vm.watchdogSeconds !== undefined ? [essential('ib700wdt', 'the watchdog')] : []),
    // Distributions build these in.
    { name: 'unix', essential: false, why: 'DHCP clients and most other programs' },
    { name: 'binfmt_script', essential: false, why: "scripts with '#!'" },
    // Without it programs that want random numbers may block at boot.
    { name: 'virtio_rng', essential: false, why: 'random numbers' },
  ];
}
