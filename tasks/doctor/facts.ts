/** What the doctor knows of the host. Data only: probe.ts fills it, checks.ts judges it. */
import type { Family, Feature } from '../../config/packages.ts';

/** Whether something that a target makes is there. */
export interface TargetFact {
  readonly kind: 'fresh' | 'stale' | 'unknowable';
  /** What the target tells of itself, or what is wrong with it. */
  readonly words: string;
  /** What mends it, where that is not `npm run NAME`. */
  readonly mend?: string | undefined;
}

export interface AdapterFact {
  readonly name: string;
  readonly wireless: boolean;
  readonly carrier: boolean;
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
  /** `undefined`: it could not be found out. */
  readonly adapters: readonly AdapterFact[] | undefined;
  readonly repos: { readonly dir: string; readonly writable: boolean; readonly freeBytes: number };
  readonly source: TargetFact;
  /** Where no source has been chosen yet: the entry that can be had now, and why the earlier ones cannot. */
  readonly obtainable: { readonly entry: string | undefined; readonly tried: readonly { readonly entry: string; readonly why: string }[] } | undefined;
  readonly config: TargetFact;
  readonly kernel: TargetFact;
  readonly qemu: { readonly program: string; readonly version: string | undefined };
  /** The accelerator's verdict; `unknown` where QEMU is missing. */
  readonly kvm: 'works' | 'missing' | 'permission' | 'aborts' | 'hangs' | 'unknown';
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
  readonly helper: { readonly path: string | undefined; readonly privileged: boolean; readonly allows: boolean };
  /** Whether bridged frames pass the host's iptables. */
  readonly bridgeNetfilter: boolean;
}
