/** The options of a VM, all of which `vm` has. vido's options keep their names and meanings, but for --rw-dirs, --gdb and --watchdog. Pure. */
import type { OptionSpec } from '../../cli/spec.ts';
import { parseMultipath } from '../../paths/multipath.ts';
import { parseForward } from '../../text/forwards.ts';
import { parseSize, shellWords, type Parsed } from '../../text/values.ts';

const nodes = (text: string): Parsed<number> => (/^[2-8]$/.test(text) ? { value: Number(text) } : { wrong: 'expected a number of nodes from 2 to 8' });

const plotFile = (text: string): Parsed<string> => (/\.(svg|html)$/.test(text) ? { value: text } : { wrong: 'expected a file called NAME.svg or NAME.html' });

/** What else starts VMs: `history` is bisect and each, `shadow` a run of watch's in a variant. */
type Starter = 'watch' | 'check' | 'history' | 'shadow' | 'interop';

interface VmOption extends OptionSpec {
  /** Those that have it, too. A debugger waits for a person at each boot, and a name or a port is one VM's alone. */
  readonly alsoOf: readonly Starter[];
}

const all: readonly Starter[] = ['watch', 'check', 'history', 'shadow', 'interop'];
/** One that a test has no use for: it brings its own. */
const ofCommands: readonly Starter[] = ['watch', 'history', 'shadow', 'interop'];

export const vmOptions: readonly VmOption[] = [
  { flags: '--kvm', summary: 'require KVM', setting: { key: 'VM_ACCEL', value: 'kvm' }, alsoOf: all },
  { flags: '--kernel <image>', summary: 'an image, host or installed:VERSION; build nothing', completes: 'file', alsoOf: ['watch', 'check'] },
  { flags: '--module <dir>', summary: 'build the modules in this directory, too; repeatable', repeats: true, completes: 'directory', setting: { key: 'KERNEL_MODULES', is: 'paths' }, alsoOf: ['watch', 'check'] },
  { flags: '--bridge <names...>', summary: 'a NIC on each of these bridges', completes: 'bridge', alsoOf: all },
  { flags: '--path <profiles...>', summary: 'a path to a peer VM: wifi, lte:delay=80ms,loss=1%; repeatable', alsoOf: ['watch', 'interop'] },
  { flags: '--capture <dir>', summary: 'write what passes each NIC to DIR/NAME.pcapng', completes: 'directory', alsoOf: ['watch'] },
  { flags: '--peer-kernel <image>', summary: "the peer's kernel: an image, a built tree, a variant", completes: 'file', alsoOf: ['watch'] },
  { flags: '--peer-command <command>', summary: 'run in the peer, beside its servers', alsoOf: ['watch', 'interop'] },
  { flags: '--plot <file>', summary: 'draw what went over the paths: FILE.svg or FILE.html', parse: plotFile, completes: 'file', alsoOf: ['watch'] },
  { flags: '--mptcp <how>', summary: 'subflow, signal, fullmesh, backup:PATH, userspace or none', parse: parseMultipath, alsoOf: ['watch', 'interop'] },
  { flags: '--scheduler <name>', summary: 'the scheduler of Multipath TCP', alsoOf: ['watch', 'interop'] },
  { flags: '--net', summary: "a NIC on QEMU's own network; repeat for more", repeats: true, alsoOf: all },
  { flags: '--forward <ports...>', summary: 'host ports that lead into the guest: 8080:80', parse: parseForward, alsoOf: ['watch'] },
  { flags: '--no-multipath', summary: "the NICs aren't MPTCP paths", setting: { key: 'VM_MULTIPATH', value: 'none' }, alsoOf: ['watch', 'shadow'] },
  { flags: '--mem <size>', summary: 'memory: 512M, 2G', setting: { key: 'VM_MEMORY' }, alsoOf: all },
  { flags: '--cpus <number>', summary: 'number of CPUs', setting: { key: 'VM_CPUS' }, alsoOf: all },
  { flags: '--kopts <options...>', summary: "append to the kernel's command line", alsoOf: all },
  { flags: '--disk, --disks <files...>', summary: 'images, devices, or sizes of disks for this run', completes: 'file', alsoOf: ofCommands },
  { flags: '--nvme <files...>', summary: 'the same, as NVMe drives', completes: 'file', alsoOf: ofCommands },
  { flags: '--pmem <sizes...>', summary: 'persistent memory, kept until the VM ends', parse: parseSize, alsoOf: ofCommands },
  { flags: '--numa <nodes>', summary: 'share out memory and CPUs among NUMA nodes', parse: nodes, alsoOf: ofCommands },
  { flags: '--qemu-arg <words>', summary: "append to QEMU's command line; repeatable", parse: shellWords, repeats: true, alsoOf: ofCommands },
  { flags: '--rw-dirs <dirs...>', summary: 'host directories the guest may write to', completes: 'directory', alsoOf: all },
  { flags: '--clear-dirs <dirs...>', summary: 'directories, empty and writable in the guest', completes: 'directory', alsoOf: ['watch', 'shadow'] },
  { flags: '--clear-files <files...>', summary: 'files, empty and writable in the guest', completes: 'file', alsoOf: ['watch', 'shadow'] },
  { flags: '--pass-env <names...>', summary: 'environment variables to pass to the guest', alsoOf: all },
  { flags: '--user <name>', summary: 'run the command as this user, not as root', completes: 'user', alsoOf: ofCommands },
  { flags: '--systemd', summary: "the host's systemd as the guest's init", alsoOf: ofCommands },
  { flags: '--allow-sudo', summary: 'allow sudo without a password in the guest', alsoOf: ['watch', 'shadow'] },
  { flags: '--run-as <user>', summary: 'drop root to this user before starting QEMU', completes: 'user', alsoOf: ['watch', 'shadow'] },
  { flags: '--gdb', summary: 'wait for a debugger, and print how to attach it', alsoOf: [] },
  { flags: '--gdb-run', summary: 'the same, but boot meanwhile', alsoOf: [] },
  { flags: '--watchdog', summary: 'kill a guest that hangs, using a watchdog device', alsoOf: ofCommands },
  { flags: '--timeout <time>', summary: 'time limit: 30s, 5m; then status 124', setting: { key: 'VM_TIMEOUT' }, alsoOf: ofCommands },
  { flags: '--name <name>', summary: 'VM name; if it is taken, a number is added', setting: { key: 'VM_NAME' }, alsoOf: ['watch'] },
  { flags: '-v, --dmesg', summary: "show the kernel's console on stderr", alsoOf: ['watch', 'check', 'history'] },
];

export const vmOptionsOf = (starter: Starter): readonly OptionSpec[] => vmOptions.filter(({ alsoOf }) => alsoOf.includes(starter));
