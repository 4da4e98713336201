/** A VM of the list, for tests. */
import type { VmEntry } from '../../tasks/vms/entry.ts';

export const sampleVm: VmEntry = {
  name: 'vm', dir: '/run/user/1000/kloop/vm', pid: 10, kloop: ['vm', '--', 'make', 'check'], qemuPid: 11,
  kernel: '/src/linux/vmlinux', symbols: '/src/linux/vmlinux', tree: '/src/linux', release: '6.1.0', command: ['make', 'check'],
  startedMs: 1000, memoryBytes: 2 ** 30, cpus: 1, accel: 'tcg', machine: 'microvm', nics: [],
  console: '/src/linux/.kloop/vm/vm/console-1.log', stateDir: '/src/linux/.kloop', verbose: false, runAs: false,
};
