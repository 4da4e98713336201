/** The VM's description: all that QEMU's arguments and the guest's configuration are made from. Data only. */

import type { Forward } from '../text/forwards.ts';

/** Text from the user: a Buffer where it need not be UTF-8 (a path, an argument). */
export type Bytes = string | Buffer;

/** A kernel image that QEMU may boot. */
export type KernelImage =
  /** An ELF file; `pvh`: it has the entry by which QEMU starts it directly. */
  | { readonly kind: 'vmlinux'; readonly pvh: boolean }
  | { readonly kind: 'bzImage'; readonly release: string | undefined };

/** A network interface of the guest. MAC addresses tell the guest's NICs apart. */
export type Nic =
  /** QEMU's own network on the host's sockets; `net`: the third number of 10.0.N.0/24. */
  | { readonly kind: 'user'; readonly mac: string; readonly net: number }
  /** A tap device that QEMU makes (`%d` in its name: a free number), and a script puts where it belongs. `vhost`: where there is KVM. `over`: the script also shapes it: the bridge, and what its link is like (a profile of paths). */
  | { readonly kind: 'tap'; readonly mac: string; readonly ifname: string; readonly script: string; readonly vhost: boolean; readonly over?: { readonly bridge: string; readonly profile: object } | undefined }
  /** A wire to another VM's NIC: a socket at which one of the two listens; or, for a QEMU that has none of these, a port of the loopback for each. The socket's path says whose wire it is in either case. */
  | { readonly kind: 'path'; readonly mac: string; readonly socket: string; readonly listens: boolean; readonly udp?: { readonly own: number; readonly other: number } | undefined }
  /** A tap device that QEMU's setuid helper makes on a bridge. */
  | { readonly kind: 'bridge-helper'; readonly mac: string; readonly bridge: string; readonly helper: string; readonly vhost: boolean };

/** Where what passes the NICs is kept: a file for each, with the last packets in so many bytes. */
export interface CaptureTo {
  readonly dir: string;
  readonly mostBytes: number;
}

/** What the guest is told of its paths to a peer. */
export interface GuestPaths {
  readonly nics: readonly PathNic[];
  /** `none`: no Multipath TCP. `silent`: it announces no address by itself. `userspace`: init's program joins addresses, not the kernel; or (`:own`) one of the person's. */
  readonly mptcp: 'on' | 'silent' | 'userspace' | 'userspace:own' | 'none';
  readonly scheduler: string | undefined;
  /** Lines for /etc/hosts. */
  readonly hosts: string;
}

/** A NIC that is called as its path; `own`: in the VM, its address and how Multipath TCP uses it. */
export interface PathNic {
  readonly mac: string;
  readonly name: string;
  readonly own?: {
    /** `198.18.1.2/24`. */
    readonly address: string;
    readonly gateway: string;
    /** Among all paths, from 0. */
    readonly place: number;
    /** guest/network/nics.h; 0: it is no endpoint. */
    readonly endpoint: number;
    /** `2001:2:0:1::2/64`; a kernel without IPv6 goes without. */
    readonly address6: string;
    readonly gateway6: string;
  } | undefined;
}

/** An address that the guest's init sets by itself. */
export interface StaticAddress {
  readonly mac: string;
  /** `10.0.2.15/24`. */
  readonly address: string;
  readonly gateway: string;
  readonly metric: number;
}

/** The NICs whose addresses come by DHCP, in the guest, before the command starts. */
export interface Leases {
  /** `place`: among all NICs, from 0. Routes of an earlier NIC are preferred. */
  readonly nics: readonly { readonly mac: string; readonly place: number }[];
  /** The host's DHCP client: its kind tells its arguments. */
  readonly client: { readonly kind: 'udhcpc' | 'busybox' | 'dhclient' | 'dhcpcd'; readonly path: string };
  /** `none`: no table for each NIC, no endpoints. `signal`: addresses are announced, too. */
  readonly multipath: 'none' | 'subflow' | 'signal';
  readonly deadlineMs: number;
}

export interface Disk {
  readonly bus: 'virtio' | 'nvme';
  /** By this the guest finds it, whatever order it probes in. */
  readonly serial: string;
  /** Of one that is made for a run only where the run is described: else it has no name. */
  readonly path: string;
  /** One that is made for this run: its size. */
  readonly madeBytes?: number | undefined;
  readonly format: 'raw' | 'qcow2';
  /** Descriptors that are open already: QEMU itself may not be allowed to open the path. It wants one for each way of access. */
  readonly fds?: { readonly write: number; readonly read: number } | undefined;
}

/** A directory of the host that the guest writes through to. */
export interface Share {
  readonly tag: string;
  readonly path: string;
}

/** Where a character device of QEMU leads. */
export type Channel =
  | { readonly kind: 'none' }
  /** A connected socket that QEMU inherits. */
  | { readonly kind: 'fd'; readonly fd: number; readonly log?: string | undefined }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stdio' };

export interface VmDescription {
  readonly name: string;
  readonly qemu: string;
  readonly accel: 'kvm' | 'tcg';
  /** The rate of the time stamp counter that an emulated guest reads, in kHz, where it is known. */
  readonly tscKhz?: number | undefined;
  readonly machine: 'microvm' | 'q35';
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly kernel: { readonly path: string; readonly image: KernelImage; readonly options: readonly string[] };
  readonly initramfs: string;
  /** The directory that is the guest's root: `/`. */
  readonly root: string;
  readonly shares: readonly Share[];
  readonly disks: readonly Disk[];
  readonly nics: readonly Nic[];
  readonly console: Channel;
  readonly control: Channel;
  readonly monitor: Channel;
  /** The descriptor by which QEMU has the guest's files port; `undefined`: its root comes by 9p alone. */
  readonly filesFd?: number | undefined;
  /** For each of the shares; `undefined`: they come by 9p. */
  readonly shareFds?: readonly number[] | undefined;
  /** Waits for a debugger on this port of the loopback. */
  readonly gdbPort?: number | undefined;
  /** It does not wait. */
  readonly gdbRuns?: boolean | undefined;
  readonly watchdogSeconds?: number | undefined;
  readonly pmemBytes: readonly number[];
  readonly numaNodes: number;
  readonly forwards: readonly Forward[];
  /** What passes each NIC is kept. */
  readonly capture?: CaptureTo | undefined;
  /** Where QEMU writes it, a descriptor for each NIC; `undefined`: to files in the directory, by itself. */
  readonly captureFds?: readonly number[] | undefined;
  /** The person's own, last: an option each. */
  readonly qemuArgs: readonly (readonly string[])[];
  /** All of the kernel's messages go to the console, not its warnings and errors alone. */
  readonly verbose: boolean;
  /** A panic stops the VM instead of ending it, until its memory is kept in at most so many bytes; 0: it does not. */
  readonly coreBytes: number;
  /** An oops ends the process that it came from, not the VM. */
  readonly survivesOops: boolean;
}

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** A command for the guest. Without `terminal` it has three pipes. */
export interface GuestCommand {
  readonly argv: readonly Bytes[];
  /** Where its program is; `undefined`, or if it cannot be run there: along PATH, as ever. */
  readonly program?: string | undefined;
  readonly cwd: Bytes;
  /** `NAME=value`. */
  readonly env: readonly Bytes[];
  /** As whom it runs; `undefined`: root. */
  readonly user?: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] } | undefined;
  /** `errApart`: stderr is a pipe of its own, because ours isn't a terminal. `shell`: the guest tells when it reads what is typed. */
  readonly terminal?: (TerminalSize & { readonly errApart: boolean; readonly shell?: boolean }) | undefined;
}

/** What the guest's init is told: it travels in the initramfs. */
export interface GuestConfig {
  readonly hostname: string;
  /** No host at the port: the command runs on the console, and the guest ends after it. */
  readonly standalone: boolean;
  /** Modules to load first, in order: their paths in the initramfs. */
  readonly modules: readonly string[];
  /** Directories of the host that are, one over the other, the guest's /lib/modules/RELEASE, the topmost first; none where the host's is right. */
  readonly moduleLayers: readonly string[];
  readonly shares: readonly Share[];
  readonly clearDirs: readonly Bytes[];
  readonly clearFiles: readonly Bytes[];
  /** Files and directories that stay visible where the guest mounts its own /tmp and /run. */
  readonly visible: readonly Bytes[];
  readonly allowSudo: boolean;
  readonly addresses: readonly StaticAddress[];
  readonly leases?: Leases | undefined;
  readonly paths?: GuestPaths | undefined;
  /** Name servers; `undefined` leaves the host's /etc/resolv.conf as it is. */
  readonly dns: readonly string[] | undefined;
  readonly watchdogSeconds?: number | undefined;
  readonly disks: readonly Disk[];
  /** How many files a process may open at most; `undefined`: what the kernel says. */
  readonly openFiles?: number | undefined;
  /** Its root comes by the files port, where its kernel has FUSE. */
  readonly files?: boolean | undefined;
  /** So do its shares, each by a port of its own. */
  readonly sharesByFuse?: boolean | undefined;
  /** systemd's path: it is PID 1. `undefined`: our init is. */
  readonly systemd?: string | undefined;
  /** Started by the guest itself, as session 1. */
  readonly command?: GuestCommand | undefined;
}
