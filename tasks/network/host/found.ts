/** What is found on the host before a bridge is planned. Data only: probe.ts fills it. */
import type { AclLine } from '../reasons.ts';
import type { Link, Route } from './links.ts';

export type DhcpClient = 'dhcpcd' | 'dhclient' | 'udhcpc';

export type Manager =
  /** `ip`: the profile's own IP settings, as nmcli takes them. */
  | { readonly kind: 'NetworkManager'; readonly profile: string; readonly ip: readonly (readonly [key: string, value: string])[] }
  /** `file`: the text of the .network file that configures it, with its drop-ins. */
  | { readonly kind: 'systemd-networkd'; readonly file: string }
  /** One DHCP client for one adapter; `argv` as it was started. */
  | { readonly kind: 'client'; readonly client: DhcpClient; readonly pid: number; readonly argv: readonly string[] }
  /** dhcpcd for all adapters; `service`: the unit that runs it. */
  | { readonly kind: 'dhcpcd'; readonly service?: string }
  /** Nobody: its addresses were given by hand, or at boot. */
  | { readonly kind: 'nobody' };

export type AclVerdict =
  | { readonly kind: 'allowed' }
  /** `by`: the line that is in the way; without it there is none that allows the bridge. */
  | { readonly kind: 'refused'; readonly by?: AclLine }
  /** We may not read all of it; the helper, which is root, may. */
  | { readonly kind: 'unreadable' };

export interface Firewall {
  /** What makes iptables drop what the host forwards (Docker's, ufw's policy); `undefined`: nothing. */
  readonly forwardDrop: string | undefined;
  /** The same for what comes in to the host itself: requests for a lease, to a DHCP server of its own. */
  readonly inputDrop: string | undefined;
  /** Chains of nftables that drop, 'inet filter forward': what another table accepts, they drop all the same. */
  readonly nftDrops: readonly string[];
  /** firewalld runs: it lets through what comes from links of its zone `trusted`. */
  readonly firewalld: boolean;
}

/** A link, with what sysfs adds. */
export interface Adapter {
  readonly link: Link;
  /** It has a device behind it: hardware, or a hypervisor's. */
  readonly hardware: boolean;
  readonly wireless: boolean;
}

/** All that the plan is made from. */
export interface Found {
  readonly links: readonly Link[];
  readonly routes: readonly Route[];
  /** Whose the uplink is; where there is no uplink, `nobody`. */
  readonly manager: Manager;
  /** Managers that run, and would take hold of a bridge that nobody described to them. */
  readonly managers: readonly ('NetworkManager' | 'systemd-networkd' | 'dhcpcd')[];
  readonly resolved?: { readonly servers: readonly string[]; readonly domains: readonly string[] };
  readonly acl: {
    readonly path: string;
    readonly exists: boolean;
    readonly verdict: AclVerdict;
    /** The last line lacks its newline. */
    readonly openEnd: boolean;
    /** Owned by root and writable by root alone. */
    readonly safe: boolean;
    /** 'uid:gid' and mode in octal digits, as chown(1) and chmod(1) take them. */
    readonly owner: string;
    readonly mode: string;
  };
  readonly netfilter: {
    /** br_netfilter is there, built in or loaded. */
    readonly present: boolean;
    /** net.bridge.bridge-nf-call-iptables; `undefined` where the module is not there. */
    readonly callsIptables: boolean | undefined;
  };
  readonly firewall: Firewall;
  readonly programs: { readonly nft: boolean; readonly iptables: boolean };
  readonly forwarding: boolean;
}
