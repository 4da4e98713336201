/** The options of a VM: the same for `vm` and `watch`. vido's options keep their names and meanings, but for --rw-dirs. */
import type { OptionSpec } from '../../cli/spec.ts';
import { parseForward } from '../../text/forwards.ts';
import { parseSize, shellWords, type Parsed } from '../../text/values.ts';

const nodes = (text: string): Parsed<number> => (/^[2-8]$/.test(text) ? { value: Number(text) } : { wrong: 'expected a number of nodes from 2 to 8' });

export const vmOptions: readonly OptionSpec[] = [
  { flags: '--kvm', summary: 'require KVM', setting: { key: 'VM_ACCEL', value: 'kvm' } },
  { flags: '--kernel <image>', summary: 'an image, host or installed:VERSION; build nothing', completes: 'file' },
  { flags: '--bridge <names...>', summary: 'a NIC on each of these bridges', completes: 'bridge' },
  { flags: '--net', summary: "a NIC on QEMU's own network; repeat for more", repeats: true },
  { flags: '--forward <ports...>', summary: 'host ports that lead into the guest: 8080:80', parse: parseForward },
  { flags: '--no-multipath', summary: "don't use the NICs as MPTCP paths", setting: { key: 'VM_MULTIPATH', value: 'none' } },
  { flags: '--mem <size>', summary: 'memory: 512M, 2G', setting: { key: 'VM_MEMORY' } },
  { flags: '--cpus <number>', summary: 'number of CPUs', setting: { key: 'VM_CPUS' } },
  { flags: '--kopts <options...>', summary: "append to the kernel's command line" },
  { flags: '--disk, --disks <files...>', summary: 'images, devices, or sizes of disks for this run', completes: 'file' },
  { flags: '--nvme <files...>', summary: 'the same, as NVMe drives', completes: 'file' },
  { flags: '--pmem <sizes...>', summary: 'persistent memory, kept until the VM ends', parse: parseSize },
  { flags: '--numa <nodes>', summary: 'share out memory and CPUs among NUMA nodes', parse: nodes },
  { flags: '--qemu-arg <words>', summary: "append to QEMU's command line; repeatable", parse: shellWords, repeats: true },
  { flags: '--rw-dirs <dirs...>', summary: 'host directories the guest may write to', completes: 'directory' },
  { flags: '--clear-dirs <dirs...>', summary: 'directories, empty and writable in the guest', completes: 'directory' },
  { flags: '--clear-files <files...>', summary: 'files, empty and writable in the guest', completes: 'file' },
  { flags: '--pass-env <names...>', summary: 'environment variables to pass to the guest' },
  { flags: '--user <name>', summary: 'run the command as this user, not as root', completes: 'user' },
  { flags: '--systemd', summary: "the host's systemd as the guest's init" },
  { flags: '--allow-sudo', summary: 'allow sudo without a password in the guest' },
  { flags: '--run-as <user>', summary: 'drop root to this user before starting QEMU', completes: 'user' },
  { flags: '--gdb', summary: 'wait for a debugger, and print how to attach it' },
  { flags: '--watchdog', summary: 'kill a guest that hangs, using a watchdog device' },
  { flags: '--timeout <time>', summary: 'time limit: 30s, 5m; then status 124', setting: { key: 'VM_TIMEOUT' } },
  { flags: '--name <name>', summary: 'VM name; must be unique among running VMs', setting: { key: 'VM_NAME' } },
  { flags: '-v, --dmesg', summary: "show the kernel's console on stderr" },
];

/** Those that tests have a use for. */
export const checkVmOptions = vmOptions.filter(({ flags }) => /^(?:--kvm|--kernel|--bridge|--net|--mem|--cpus|--kopts|--rw-dirs|--pass-env|-v,)(?: |$)/.test(flags));
