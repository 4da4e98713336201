/** What a person asks of a VM: settings and options, before the host was asked anything. */
import type { FilesSetting } from './files-by.ts';
import type { Failure } from '../report/failure.ts';
import type { User } from '../host/users.ts';
import type { Forward } from '../text/forwards.ts';
import type { Bytes, CaptureTo, GuestPaths, Leases, Nic } from './description.ts';

/** A disk: an image's or a device's path, or the size, in bytes, of one that is made for this run. */
export type DiskRequest = string | number;

/** A VM whose guest answers, for what goes along with it. */
export interface ReachedVm {
  /**
   * Starts a program in it.
   *
   * @param print hears what it prints
   * @returns what writes to its stdin
   */
  readonly start: (argv: readonly string[], print: (chunk: Buffer) => void) => (text: string) => void;
  /** A command of QMP's, and QEMU's answer. */
  readonly qmp: (execute: string, args?: object) => Promise<Readonly<Record<string, unknown>>>;
}

export interface VmRequest {
  readonly name: string;
  /** A program's name or path. */
  readonly qemu: string;
  readonly accel: 'auto' | 'kvm' | 'tcg';
  readonly machine: 'auto' | 'microvm' | 'q35';
  readonly memoryBytes: number;
  /** 0: the host's number under KVM, one under emulation. */
  readonly cpus: number;
  /** A vmlinux or a bzImage. */
  readonly kernel: string;
  /** The kernel's own modules: what the guest has as /lib/modules/RELEASE. `undefined`: those of a distribution's kernel are looked for. */
  readonly modules?: { readonly dir: string; readonly release: string } | undefined;
  /** More for the kernel's command line. */
  readonly kernelOptions: readonly string[];
  readonly nics: readonly Nic[];
  /** For the NICs on bridges. */
  readonly leases?: Leases | undefined;
  /** For those of its NICs that lead to a peer. */
  readonly paths?: GuestPaths | undefined;
  /** Hears of it as soon as its guest answers. */
  readonly reached?: ((vm: ReachedVm) => void) | undefined;
  /** `undefined`: the user's shell. */
  readonly command: readonly Bytes[] | undefined;
  readonly cwd: Bytes;
  /** Names of variables that go into the guest besides the usual ones; or NAME=value. */
  readonly passEnv: readonly string[];
  /** What the guest has the host's files by. */
  readonly files: FilesSetting;
  /** How many directories are watched for that at most; `undefined`: a share of what the user may have. */
  readonly filesWatches?: number | undefined;
  /** Absolute paths. What the guest writes below them reaches the host. */
  readonly rwDirs: readonly string[];
  readonly clearDirs: readonly string[];
  readonly clearFiles: readonly string[];
  /** What is run in it besides `command`: of that, too, the guest sees what is below /tmp, say, where it has a place of its own. */
  readonly alsoRun: readonly (readonly string[])[];
  readonly disks: readonly DiskRequest[];
  /** The same, as NVMe drives. */
  readonly nvme: readonly DiskRequest[];
  /** Persistent memory, a device each. */
  readonly pmemBytes: readonly number[];
  /** Memory and processors are shared out among so many; 1: as without NUMA. */
  readonly numaNodes: number;
  /** Ports of the first NIC on QEMU's own network. */
  readonly forwards: readonly Forward[];
  /** What passes each NIC is written to a file of this directory, which is made. */
  readonly capture: CaptureTo | undefined;
  /** More for QEMU's command line, an option each. */
  readonly qemuArgs: readonly (readonly string[])[];
  /** As whom the command runs; `undefined`: root, with the caller's home directory. */
  readonly user: User | undefined;
  /** The host's systemd is the guest's PID 1. */
  readonly systemd: boolean;
  /** A debugger may attach by a port: the VM waits for that, or runs. */
  readonly gdb: 'waits' | 'runs' | undefined;
  readonly watchdog: boolean;
  readonly allowSudo: boolean;
  /** QEMU runs with this user's rights; for root alone. */
  readonly runAs: string | undefined;
  /** 0: never. */
  readonly timeoutMs: number;
  readonly bootTimeoutMs: number;
  /** The memory of one that panics is kept, in at most so many bytes; 0: it is not. */
  readonly coreBytes: number;
  /** An oops ends the process that it came from, not the VM. */
  readonly survivesOops: boolean;
  /** Shows the console on stderr, all of it. */
  readonly verbose: boolean;
}

/** What a VM is run in: kloop's own place and streams. */
export interface VmContext {
  readonly stateDir: string;
  /** Ends the VM; its `reason` is the signal's name. */
  readonly signal: AbortSignal;
  /** A line for the person. */
  readonly say: (line: string) => void;
  /** A line that is replaced, '' for none; `undefined` where there is no terminal that could, or nobody wants it. */
  readonly status: ((text: string) => void) | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** The command starts after this; a failure ends the VM. */
  readonly before?: Promise<Failure | undefined> | undefined;
  /** Hears what the command prints. */
  readonly heard?: ((chunk: Buffer) => void) | undefined;
}
