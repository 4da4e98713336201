/** A request as simple as can be, for tests to change. */
import type { VmRequest } from '../../tasks/machine/request.ts';

export const plainRequest: VmRequest = {
  name: 'vm', qemu: 'qemu-system-x86_64', accel: 'auto', machine: 'auto', memoryBytes: 1 << 30, cpus: 0,
  kernel: process.env['KLOOP_TEST_KERNEL'] ?? '', kernelOptions: [], nics: [], command: ['true'], cwd: '/', passEnv: [],
  files: '9p', rwDirs: [], clearDirs: [], clearFiles: [], alsoRun: [], disks: [], nvme: [], pmemBytes: [], numaNodes: 1, forwards: [], capture: undefined, qemuArgs: [], user: undefined, systemd: false, gdb: undefined, watchdog: false, allowSudo: false, runAs: undefined,
  timeoutMs: 0, bootTimeoutMs: 60_000, coreBytes: 0, survivesOops: false, verbose: false,
};
