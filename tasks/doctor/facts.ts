/** What the doctor knows of the host. Data only: probe.ts fills it, checks.ts judges it. */
import type { Family, Feature } from '../../config/packages.ts';
import type { AclVerdict } from '../network/host/found.ts';

/** Whether something that a target makes is there. */
export interface TargetFact {
  readonly kind: 'fresh' | 'stale' | 'unknowable';
  /** What the target tells of itself, or what is wrong with it. */
  readonly words: string;
  /** What fixes it, where that is not `npm run NAME`. */
  readonly fix?: string | undefined;
}

/** What a bridge would be put on. */
export type UplinkFact =
  /** `manager`: the program that gives it its addresses. */
  | { readonly kind: 'adapter'; readonly name: string; readonly manager: string }
  | { readonly kind: 'private'; readonly why: string }
  /** BRIDGE_UPLINK does not decide it, or names what cannot be. */
  | { readonly kind: 'unclear'; readonly words: string; readonly fix?: string | undefined };

/** What stands between QEMU and KVM. */
export interface KvmFact {
  /** The accelerator's verdict; `unknown` where QEMU is missing. */
  readonly verdict: 'works' | 'missing' | 'permission' | 'aborts' | 'hangs' | 'unknown';
  /** QEMU's own last line, where it said one. */
  readonly said?: string | undefined;
  /** The processor's extension; `undefined`: it shows none. */
  readonly extension: 'vmx' | 'svm' | undefined;
  /** The module that drives it is loaded, or built in. */
  readonly module: boolean;
  /** This host is a VM itself. */
  readonly virtual: boolean;
  /** The group that may open /dev/kvm; `undefined`: none but root's. */
  readonly group: string | undefined;
  /** The user is in it by /etc/group: a new login would have it. */
  readonly member: boolean;
}

export interface HostFacts {
  readonly node: string;
  readonly distribution: string;
  readonly family: Family | undefined;
  readonly root: boolean;
  /** Missing tools that these settings need, and how they would be installed. */
  readonly needed: { readonly missing: readonly string[]; readonly total: number };
  /** Features that are not equipped, and that these settings do not ask for. */
  readonly unequipped: readonly Feature[];
  /** Versions of what a build runs: 'gcc 12.2.0'. */
  readonly versions: readonly string[];
  /** `undefined`: it could not be found out. */
  readonly uplink: UplinkFact | undefined;
  /** inotify's limits for this user; `undefined`: not known. */
  readonly inotify: { readonly watches: number; readonly instances: number } | undefined;
  /** Where trees are put, and built; `own`: the tree that the person is in, or its build directory. */
  readonly repos: { readonly dir: string; readonly writable: boolean; readonly freeBytes: number; readonly own?: boolean };
  readonly source: TargetFact;
  /** Where no source has been chosen yet: the entry that is available now, and why the earlier ones are not. */
  readonly obtainable: { readonly entry: string | undefined; readonly tried: readonly { readonly entry: string; readonly why: string }[] } | undefined;
  readonly config: TargetFact;
  readonly kernel: TargetFact;
  /** The version of ld.lld, where it is here and GNU ld links this kernel, whose tree knows both. */
  readonly otherLinker: string | undefined;
  readonly qemu: { readonly program: string; readonly version: string | undefined };
  readonly wantedMachine: 'auto' | 'microvm' | 'q35';
  readonly kvm: KvmFact;
  readonly wantedAccel: 'auto' | 'kvm' | 'tcg';
  readonly runner: 'kloop' | 'vido';
  readonly vido: { readonly path: string; readonly installed: boolean; readonly obstacles: readonly string[] };
  /** `undefined`: there is no Python, or it does not run. */
  readonly python: { readonly needed: boolean; readonly words: string } | undefined;
  /** NICs that the settings give a VM. */
  readonly nics: readonly string[];
  readonly bridge: { readonly name: string; readonly state: 'absent' | 'ours' | 'foreign'; readonly faults: readonly string[]; readonly ports: readonly string[] };
  /** Bridges of this host, whoever made them. */
  readonly bridges: readonly string[];
  readonly tun: boolean;
  /** How an ordinary user gets a NIC on a bridge: QEMU's helper, with the right to do so, and its list of bridges. */
  readonly helper: { readonly path: string | undefined; readonly privileged: boolean; readonly acl: AclVerdict };
  /** Whether bridged frames pass the host's iptables. */
  readonly bridgeNetfilter: boolean;
}
