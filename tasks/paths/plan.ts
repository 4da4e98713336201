/**
 * Who has which address on which path, in the VM and in its peer. The networks
 * are those for benchmarks (RFC 2544's 198.18.0.0/15, RFC 5180's 2001:2::/48), which
 * are nobody's on a real network: a VM that is also on a LAN has no clash. Pure.
 */
import type { AskedPath } from './asked.ts';
import type { GuestPaths } from '../machine/description.ts';

export interface PlannedPath extends AskedPath {
  /** Its place among the paths, from 0. */
  readonly place: number;
  readonly vmMac: string;
  readonly peerMac: string;
  readonly vmAddress: string;
  readonly peerAddress: string;
  readonly vmAddress6: string;
  readonly peerAddress6: string;
}

/** The peer's address that is on no path alone: whichever is up leads to it. */
export const peerItself = { v4: '198.18.0.1', v6: '2001:2::1' } as const;

/** How Multipath TCP uses the paths. */
export type Multipath =
  /** Each address of the VM's is one to join from. */
  | { readonly kind: 'subflow' }
  /** The peer announces its addresses, and the VM joins them. */
  | { readonly kind: 'signal' }
  /** From each address of the VM's to each that the peer announces. */
  | { readonly kind: 'fullmesh' }
  /** As subflow; what goes over these paths is only sent when no other is left. */
  | { readonly kind: 'backup'; readonly paths: readonly string[] }
  /** As subflow, but a program does it: kloop's, or one that the person starts in the VM. */
  | { readonly kind: 'userspace'; readonly manager: 'kloop' | 'own' }
  | { readonly kind: 'none' };

/** The VM's on the path at this place. */
export const vmAddressesOf = (place: number): Pick<PlannedPath, 'vmAddress' | 'vmAddress6'> => ({ vmAddress: `198.18.${place + 1}.2`, vmAddress6: `2001:2:0:${place + 1}::2` });

export function planPaths(asked: readonly AskedPath[]): PlannedPath[] {
  return asked.map((path, place) => {
    const net = place + 1;
    const mac = (end: number) => `52:54:00:18:0${net}:0${end}`;
    return { ...path, place, vmMac: mac(2), peerMac: mac(1), ...vmAddressesOf(place), peerAddress: `198.18.${net}.1`, peerAddress6: `2001:2:0:${net}::1` };
  });
}

/** Bits of an endpoint: guest/network/nics.h. */
export const endpointFlags = { signal: 1, subflow: 2, backup: 4, fullmesh: 8 } as const;

function endpointOf(path: string, multipath: Multipath): number {
  switch (multipath.kind) {
    case 'none':
    case 'userspace':
    case 'signal': return 0;
    case 'subflow': return endpointFlags.subflow;
    case 'fullmesh': return endpointFlags.subflow | endpointFlags.fullmesh;
    case 'backup': return endpointFlags.subflow | (multipath.paths.includes(path) ? endpointFlags.backup : 0);
  }
}

/** Whether the peer tells the VM of its addresses. */
export const announces = ({ kind }: Multipath): boolean => kind === 'signal' || kind === 'fullmesh';

/** What the VM is told. */
export function guestPaths(paths: readonly PlannedPath[], multipath: Multipath, scheduler?: string): GuestPaths {
  return {
    nics: paths.map(({ vmMac, name, vmAddress, peerAddress, vmAddress6, peerAddress6, place }) => ({
      mac: vmMac, name, own: { address: `${vmAddress}/24`, gateway: peerAddress, place, endpoint: endpointOf(name, multipath), address6: `${vmAddress6}/64`, gateway6: peerAddress6 },
    })),
    mptcp: multipath.kind === 'none' ? 'none' : multipath.kind !== 'userspace' ? 'on' : multipath.manager === 'own' ? 'userspace:own' : 'userspace', scheduler,
    // By names of their own: what is called peer is an address of IPv4, whatever a program prefers.
    hosts: [
      `${peerItself.v4} peer\n`, ...paths.map(({ name, peerAddress }) => `${peerAddress} peer-${name}\n`),
      `${peerItself.v6} peer6\n`, ...paths.map(({ name, peerAddress6 }) => `${peerAddress6} peer6-${name}\n`),
    ].join(''),
  };
}

/** What the peer is told: its NICs' names. All else is set up by commands. */
export function peersPaths(paths: readonly PlannedPath[], multipath: Multipath): GuestPaths {
  return {
    nics: paths.map(({ peerMac, name }) => ({ mac: peerMac, name })),
    mptcp: multipath.kind === 'none' ? 'none' : announces(multipath) ? 'on' : 'silent', scheduler: undefined,
    hosts: [`${peerItself.v4} peer\n`, ...paths.map(({ name, vmAddress, vmAddress6 }) => `${vmAddress} vm-${name}\n${vmAddress6} vm6-${name}\n`)].join(''),
  };
}
