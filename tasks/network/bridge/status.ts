/** The bridge in lines for a person: ports, addresses, who holds leases. */
import { join } from 'node:path';
import { textOf } from '../../host/files.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import type { Processes } from '../../host/processes/process.ts';
import type { HostPaths } from '../host/paths.ts';
import { seeNetwork } from '../host/probe.ts';
import type { BridgeRecord } from './record.ts';
import { bridgeState } from './state.ts';

interface Lease {
  readonly address: string;
  readonly mac: string;
  readonly name: string;
  /** Seconds since 1970; 0: for ever. */
  readonly until: number;
}

interface BridgeStatus {
  readonly bridge: string;
  readonly state: 'absent' | 'foreign' | 'ours';
  readonly faults: readonly string[];
  readonly uplink: string | undefined;
  readonly ports: readonly { readonly name: string; readonly carrier: boolean }[];
  readonly addresses: readonly string[];
  /** Leases of our own dnsmasq; on a real network, who was seen on the bridge. */
  readonly leases: readonly Lease[];
}

/** dnsmasq's lease file: expiry, MAC, address, name, client id. */
export function parseLeases(text: string): Lease[] {
  return text.split('\n').flatMap((line) => {
    const [until, mac, address, name] = line.trim().split(' ');
    return mac === undefined || address === undefined || !/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac) ? []
      : [{ address, mac, name: name === undefined || name === '*' ? '' : name, until: Number(until) }];
  });
}

export async function bridgeStatus(name: string, setting: string, record: BridgeRecord | undefined, paths: HostPaths, processes: Processes): Promise<Result<BridgeStatus>> {
  const state = bridgeState(name, setting, record, paths);
  const base = { bridge: name, state: state.kind, faults: state.kind === 'ours' ? state.faults : [], uplink: undefined, ports: [], addresses: [], leases: [] };
  if (state.kind === 'absent') return base;
  const seen = await seeNetwork(processes);
  if (isFailure(seen)) return seen;
  const ports = seen.links.filter((link) => link.master === name);
  return {
    ...base,
    uplink: record?.uplink.kind === 'adapter' ? record.uplink.name : undefined,
    ports: ports.map((link) => ({ name: link.name, carrier: link.carrier })),
    addresses: seen.links.find((link) => link.name === name)?.addresses.map(({ local, prefix }) => `${local}/${prefix}`) ?? [],
    leases: record?.uplink.kind === 'adapter' ? await guestsSeen(name, ports.map((port) => port.name), record.uplink.name, processes)
      : parseLeases(textOf(join(paths.run, 'kloop', name, 'leases')) ?? ''),
  };
}

/**
 * On a real network the router keeps the leases. What can be told here: whose
 * frames came from the VMs' ports, and the addresses that the host has seen
 * with them.
 */
async function guestsSeen(name: string, ports: readonly string[], uplink: string, processes: Processes): Promise<Lease[]> {
  const [fdb, neighbours] = await Promise.all([
    processes.run({ argv: ['bridge', '-j', 'fdb', 'show', 'br', name] }),
    processes.run({ argv: ['ip', '-j', 'neigh', 'show', 'dev', name] }),
  ]);
  if (isFailure(fdb) || isFailure(neighbours)) return [];
  return joinSeen(fdb.stdout, neighbours.stdout, ports.filter((port) => port !== uplink));
}

/** Reads `bridge -j fdb` and `ip -j neigh`: the addresses behind these ports. */
export function joinSeen(fdb: string, neighbours: string, ports: readonly string[]): Lease[] {
  const entries = JSON.parse(fdb.trim() || '[]') as { mac: string; ifname: string; state?: string }[];
  const known = JSON.parse(neighbours.trim() || '[]') as { dst: string; lladdr?: string }[];
  return entries.filter(({ ifname, state }) => ports.includes(ifname) && state !== 'permanent')
    .flatMap(({ mac, ifname }) => known.filter(({ lladdr }) => lladdr === mac).map(({ dst }) => ({ address: dst, mac, name: ifname, until: 0 })));
}

export function statusLines(status: BridgeStatus, nowS: number): string[] {
  const { bridge, state } = status;
  if (state === 'absent') return [`${bridge}: does not exist (npm run bridge makes it)`];
  const what = state === 'foreign' ? 'not made by kloop' : status.faults.length > 0 ? status.faults.join('; ') : 'up';
  return [
    `${bridge}: ${what}`,
    `  uplink     ${status.uplink ?? 'none'}`,
    `  ports      ${status.ports.map(({ name, carrier }) => (carrier ? name : `${name} (no carrier)`)).join(', ') || 'none'}`,
    `  addresses  ${status.addresses.join(', ') || 'none'}`,
    ...status.leases.map(({ address, mac, name, until }, i) =>
      `  ${i === 0 ? 'leases   ' : '         '}  ${address}  ${mac}${name === '' ? '' : `  ${name}`}${until === 0 ? '' : `  for ${Math.max(0, Math.round((until - nowS) / 60))} min`}`),
  ];
}
