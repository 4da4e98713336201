/** The options of a VM: the same for `vm` and `watch`. vido's options keep their names and meanings, but for --rw-dirs. */
import type { OptionSpec } from '../../cli/spec.ts';

export const vmOptions: readonly OptionSpec[] = [
  { flags: '--kvm', summary: 'insist on KVM', setting: { key: 'VM_ACCEL', value: 'kvm' } },
  { flags: '--kernel <image>', summary: 'boot this vmlinux or bzImage; nothing is built', completes: 'file' },
  { flags: '--bridge <names...>', summary: 'a NIC on each of these bridges', completes: 'bridge' },
  { flags: '--net', summary: "a NIC on QEMU's own network; again for more" },
  { flags: '--no-multipath', summary: 'NICs are no paths of MPTCP', setting: { key: 'VM_MULTIPATH', value: 'none' } },
  { flags: '--mem <size>', summary: 'memory: 512M, 2G', setting: { key: 'VM_MEMORY' } },
  { flags: '--cpus <number>', summary: 'processors', setting: { key: 'VM_CPUS' } },
  { flags: '--kopts <options...>', summary: "more for the kernel's command line" },
  { flags: '--disks <files...>', summary: 'disk images or devices; $KLOOP_DISK0… in the guest', completes: 'file' },
  { flags: '--rw-dirs <dirs...>', summary: 'folders in which the guest really writes', completes: 'directory' },
  { flags: '--clear-dirs <dirs...>', summary: 'folders that are empty and writable in the guest', completes: 'directory' },
  { flags: '--clear-files <files...>', summary: 'files that are empty and writable in the guest', completes: 'file' },
  { flags: '--pass-env <names...>', summary: 'environment variables to hand on' },
  { flags: '--allow-sudo', summary: 'sudo without a password in the guest' },
  { flags: '--run-as <user>', summary: 'give up root for this user before QEMU starts' },
  { flags: '--gdb', summary: 'wait for a debugger, and say how to attach it' },
  { flags: '--watchdog', summary: 'a watchdog device ends a guest that hangs' },
  { flags: '--timeout <time>', summary: 'limit: 30s, 5m; then status 124', setting: { key: 'VM_TIMEOUT' } },
  { flags: '--name <name>', summary: "the VM's name; two at once differ", setting: { key: 'VM_NAME' } },
  { flags: '-v, --dmesg', summary: "show the kernel's console on stderr" },
];
