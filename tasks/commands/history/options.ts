/** Those of a VM's options that have a use where nobody sits at the VM: for `bisect` and `each`. */
import type { OptionSpec } from '../../cli/spec.ts';
import { vmOptions } from '../shared/vm-options.ts';

const unattended = /^(?:--kvm|--bridge|--net|--mem|--cpus|--kopts|--disk|--nvme|--pmem|--numa|--qemu-arg|--rw-dirs|--pass-env|--user|--systemd|--watchdog|--timeout|-v)(?:[ ,]|$)/;

export const historyOptions: readonly OptionSpec[] = vmOptions.filter(({ flags }) => unattended.test(flags));
