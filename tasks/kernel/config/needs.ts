/** The options that the VM cannot run without, each with its reason; what a configuration lacks of them. Data, and pure. */
import { isOlder, type KernelVersion } from '../source/tree.ts';
import type { RequestedOption } from './text.ts';

interface Need {
  /** Any one of them will do, built in. */
  readonly anyOf: readonly string[];
  /** That one may be a module, too: it is loaded from the initramfs. */
  readonly module?: string;
  readonly why: string;
  /** The version that it came with; before, the VM does without. */
  readonly from?: readonly [major: number, minor: number];
}

export const needs: readonly Need[] = [
  { anyOf: ['64BIT'], why: "the host's programs are 64-bit" },
  { anyOf: ['PRINTK'], why: 'kloop reads what the kernel prints' },
  { anyOf: ['TTY'], why: 'the console' },
  { anyOf: ['SERIAL_8250_CONSOLE', 'VIRTIO_CONSOLE'], why: 'the console' },
  { anyOf: ['VIRTIO_CONSOLE'], module: 'VIRTIO_CONSOLE', why: "the command's input and output" },
  { anyOf: ['BLK_DEV_INITRD'], why: 'the guest starts from an initramfs' },
  { anyOf: ['BINFMT_ELF'], why: 'programs' },
  { anyOf: ['BINFMT_SCRIPT'], module: 'BINFMT_SCRIPT', why: "scripts with '#!'" },
  { anyOf: ['VIRTIO_MMIO', 'VIRTIO_PCI'], module: 'VIRTIO_PCI', why: "QEMU's devices" },
  { anyOf: ['NET'], why: '9p and networking' },
  { anyOf: ['NET_9P_VIRTIO'], module: 'NET_9P_VIRTIO', why: "the host's file system as root" },
  { anyOf: ['9P_FS'], module: '9P_FS', why: "the host's file system as root" },
  { anyOf: ['OVERLAY_FS'], module: 'OVERLAY_FS', why: "copy on write over the host's files", from: [3, 18] },
  { anyOf: ['TMPFS'], why: 'what the guest writes' },
  { anyOf: ['PROC_FS'], why: '/proc' },
  { anyOf: ['SYSFS'], why: '/sys' },
  { anyOf: ['DEVTMPFS'], why: '/dev' },
  { anyOf: ['UNIX98_PTYS'], why: 'terminals' },
  { anyOf: ['UNIX'], module: 'UNIX', why: 'DHCP clients and most other programs' },
  { anyOf: ['FUTEX'], why: 'threads' },
];

/** What must be on for one of them to be set; options that a version does not have do no harm. */
const firstOf: Readonly<Record<string, readonly string[]>> = {
  VIRTIO_CONSOLE: ['TTY', 'VIRTIO_MENU'],
  VIRTIO_MMIO: ['VIRTIO_MENU', 'VIRTIO_MMIO_CMDLINE_DEVICES'],
  VIRTIO_PCI: ['VIRTIO_MENU', 'PCI'],
  NET_9P_VIRTIO: ['NET', 'NETWORK_FILESYSTEMS', 'NET_9P'],
  '9P_FS': ['NET', 'NETWORK_FILESYSTEMS', 'NET_9P'],
  TMPFS: ['SHMEM'],
  UNIX98_PTYS: ['TTY'],
  UNIX: ['NET'],
};

const unmet = (values: ReadonlyMap<string, string>, version: KernelVersion) => needs
  .filter((need) => need.from === undefined || !isOlder(version, ...need.from))
  .filter((need) => !need.anyOf.some((option) => values.get(option) === 'y'))
  .filter(({ module }) => module === undefined || values.get(module) !== 'm');

/**
 * The options that a configuration must be given so that the VM can run with
 * it, and no others. Of several that serve it is one that is a module already,
 * and of QEMU's two buses PCI where the kernel has it.
 */
export function missingOptions(values: ReadonlyMap<string, string>, version: KernelVersion): RequestedOption[] {
  const wanted = new Set<string>();
  for (const { anyOf } of unmet(values, version)) {
    if (anyOf.some((option) => wanted.has(option))) continue;
    const bus = values.get('PCI') === 'y' ? 'VIRTIO_PCI' : 'VIRTIO_MMIO';
    const option = (anyOf.includes(bus) ? bus : anyOf.find((one) => values.get(one) === 'm') ?? anyOf.at(-1)) ?? '';
    for (const one of [...firstOf[option] ?? [], option]) if (values.get(one) !== 'y') wanted.add(one);
  }
  return [...wanted].map((option) => ({ option, value: 'y', file: '--add-missing', line: 1 }));
}

/** What a configuration lacks of them, in words. A module that would be needed before the guest can load any counts as lacking. */
export function lacking(values: ReadonlyMap<string, string>, version: KernelVersion): string[] {
  return unmet(values, version)
    .map((need) => {
      const is = need.anyOf.map((option) => `CONFIG_${option}`).join(' or ');
      const module = need.anyOf.find((option) => values.get(option) === 'm');
      return `${is}=y (${need.why})${module === undefined ? '' : `; it is a module, which the guest cannot load so early`}`;
    });
}
