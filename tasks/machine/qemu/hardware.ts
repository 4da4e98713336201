/** What a VM is asked to have beyond the usual: which machine has room for it, and what its kernel needs for it. Pure. */
import { numa, nvme, optionsLacking, pmem, shaping, systemd, type KernelFeature, type Unsupported } from '../../../config/features.ts';
import type { VmRequest } from '../request.ts';

type Asked = Pick<VmRequest, 'nvme' | 'pmemBytes' | 'numaNodes' | 'qemuArgs' | 'systemd' | 'paths'>;

interface Extra {
  /** As it is asked for. */
  readonly option: string;
  readonly asked: (request: Asked) => boolean;
  /** microvm has neither PCI, which a device of QEMU's wants as a rule, nor (as kloop runs it) ACPI, which tells of nodes and persistent memory. */
  readonly onPci: boolean;
  /** What the kernel needs for it. */
  readonly feature?: KernelFeature;
}

const extras: readonly Extra[] = [
  { option: '--nvme', asked: ({ nvme }) => nvme.length > 0, onPci: true, feature: nvme },
  { option: '--pmem', asked: ({ pmemBytes }) => pmemBytes.length > 0, onPci: true, feature: pmem },
  { option: '--numa', asked: ({ numaNodes }) => numaNodes > 1, onPci: true, feature: numa },
  { option: '--qemu-arg -device', asked: ({ qemuArgs }) => qemuArgs.some((words) => words.some((word) => /^--?device$/.test(word))), onPci: true },
  { option: '--systemd', asked: ({ systemd }) => systemd, onPci: false, feature: systemd },
  // The peer's NICs have no addresses of their own.
  { option: '--path (in the peer)', asked: ({ paths }) => paths?.nics.some(({ own }) => own === undefined) === true, onPci: false, feature: shaping },
];

/** The options that ask for hardware which a microvm has no place for. */
export function wantsPci(request: Asked): string[] {
  return extras.filter(({ onPci, asked }) => onPci && asked(request)).map(({ option }) => option);
}

/**
 * What was asked for and the kernel lacks options for.
 *
 * @param config the text of its .config; `undefined` where that is not known: nothing is lacking then
 */
export function unsupported(request: Asked, config: string | undefined): Unsupported[] {
  if (config === undefined) return [];
  return extras.filter(({ asked }) => asked(request)).flatMap(({ option, feature }) => {
    const lacks = feature === undefined ? [] : optionsLacking(feature, config);
    return feature === undefined || lacks.length === 0 ? [] : [{ option, feature, lacks }];
  });
}
