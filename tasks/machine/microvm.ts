/** Which of QEMU's machines a kernel can be booted on. Pure. */
import type { VmRequest } from './request.ts';

/**
 * Whether a kernel finds its devices on a microvm, which lists them on the
 * kernel's command line (VIRTIO_MMIO_CMDLINE_DEVICES, 3.5), and has their bus
 * built in, which alone reads it there. Else it needs PCI.
 *
 * @param config the text of .config; `undefined` where there is none yet: kernel.config asks for it
 */
export function findsMicrovm(config: string | undefined): boolean {
  return config === undefined || ['VIRTIO_MMIO', 'VIRTIO_MMIO_CMDLINE_DEVICES'].every((option) => new RegExp(`^CONFIG_${option}=y$`, 'm').test(config));
}

/** The machine that is asked for; `auto` stays, for what else decides, but where the kernel needs PCI. */
export function machineFor(asked: VmRequest['machine'], kernelFindsMicrovm: boolean): VmRequest['machine'] {
  return asked === 'auto' && !kernelFindsMicrovm ? 'q35' : asked;
}
