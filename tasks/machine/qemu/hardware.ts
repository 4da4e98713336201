/** What a VM is asked to have beyond the usual: which machine has room for it, and what its kernel needs for it. Pure. */
import type { VmRequest } from '../request.ts';

type Asked = Pick<VmRequest, 'nvme' | 'pmemBytes' | 'numaNodes' | 'qemuArgs'>;

interface Hardware {
  /** As it is asked for. */
  readonly option: string;
  readonly asked: (request: Asked) => boolean;
  /** Of the kernel's configuration, built in or as modules. */
  readonly options: readonly string[];
}

/** microvm has neither PCI, which a device of QEMU's wants as a rule, nor (as kloop runs it) ACPI, which tells of nodes and persistent memory. */
const onPci: readonly Hardware[] = [
  { option: '--nvme', asked: ({ nvme }) => nvme.length > 0, options: ['BLK_DEV_NVME'] },
  { option: '--pmem', asked: ({ pmemBytes }) => pmemBytes.length > 0, options: ['ACPI_NFIT', 'BLK_DEV_PMEM'] },
  { option: '--numa', asked: ({ numaNodes }) => numaNodes > 1, options: ['NUMA', 'ACPI_NUMA'] },
  { option: '--qemu-arg -device', asked: ({ qemuArgs }) => qemuArgs.some((words) => words.some((word) => /^--?device$/.test(word))), options: [] },
];

/** The options that ask for hardware which a microvm has no place for. */
export function wantsPci(request: Asked): string[] {
  return onPci.filter(({ asked }) => asked(request)).map(({ option }) => option);
}

/**
 * What was asked for and the kernel has no driver for.
 *
 * @param config the text of its .config; `undefined` where that is not known: nothing is lacking then
 */
export function undriven(request: Asked, config: string | undefined): { readonly option: string; readonly lacks: readonly string[] }[] {
  if (config === undefined) return [];
  return onPci.filter(({ asked }) => asked(request)).flatMap(({ option, options }) => {
    const lacks = options.filter((name) => !new RegExp(`^CONFIG_${name}=[ym]$`, 'm').test(config));
    return lacks.length === 0 ? [] : [{ option, lacks }];
  });
}
