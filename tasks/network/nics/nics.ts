/** From the NICs that were asked for to those of the VM's description: taps on bridges, MAC addresses, and who gets their leases. */
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { bridgeHelpers } from '../../../config/packages.ts';
import type { Settings } from '../../../config/settings.ts';
import { findProgram, readText, textOf, writeWhole } from '../../host/files.ts';
import { takeLock, type Lock } from '../../host/lock.ts';
import type { Processes } from '../../host/processes/process.ts';
import type { Leases, Nic } from '../../machine/description.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import { aclVerdict } from '../host/acl.ts';
import { findBridgeHelper, mayMakeNics } from '../host/bridge-helper.ts';
import { macOf } from './mac.ts';
import { hostPaths, type HostPaths } from '../host/paths.ts';
import { bridgesHere } from '../bridge/state.ts';
import { networkFailure } from '../reasons.ts';

interface NicsOptions {
  readonly settings: Settings;
  readonly processes: Processes;
  /** From `claimSlot`. */
  readonly slot: number;
  /** A bridge that need not be there: the VM is only described. */
  readonly ours?: string;
  readonly paths?: HostPaths;
  readonly uid?: number;
}

export interface GuestNics {
  readonly nics: readonly Nic[];
  readonly leases: Leases | undefined;
  /** The bridges that they are on, each with the kernel's number: one that was made again is another, and has lost its taps. */
  readonly bridges: readonly string[];
}

/** More would not fit on any of QEMU's machines beside the rest. */
const mostNics = 8;

const bridgesOf = (requested: readonly string[]) => [...new Set(requested.filter((nic) => nic !== 'user'))];

/**
 * What can be refused before anything is brought up for it.
 *
 * @param ours the bridge that is about to be made; `undefined`: all must be there
 */
export function nicsRefusal(requested: readonly string[], { ours, settings, paths = hostPaths }: { ours: string | undefined; settings: Settings; paths?: HostPaths }): Failure | undefined {
  if (requested.length > mostNics) return networkFailure({ reason: 'too-many-nics', asked: requested.length, most: mostNics });
  const bridges = bridgesOf(requested);
  if (bridges.length > 0 && !existsSync('/dev/net/tun')) return networkFailure({ reason: 'no-tun' });
  const known = bridgesHere(paths);
  const name = bridges.find((bridge) => bridge !== ours && !known.includes(bridge));
  return name === undefined ? undefined : networkFailure({ reason: 'no-bridge', name, known, ours: settings.bridgeName });
}

/** @param requested `user`, or a bridge's name, in order */
export async function nicsFor(requested: readonly string[], options: NicsOptions): Promise<Result<GuestNics>> {
  const { settings, slot, paths = hostPaths, uid = process.getuid?.() ?? 0 } = options;
  const refused = nicsRefusal(requested, { ours: options.ours, settings, paths });
  if (refused !== undefined) return refused;
  const bridges = bridgesOf(requested);
  const tap = bridges.length === 0 ? undefined : uid === 0 ? tapsByRoot(bridges, settings) : await tapsByHelper(bridges, paths, options.processes);
  if (isFailure(tap)) return tap;
  const client = bridges.length === 0 ? undefined : await dhcpClient(options.processes);
  if (isFailure(client)) return client;
  const nics: Nic[] = [];
  for (const [place, nic] of requested.entries()) {
    const mac = macOf({ project: settings.topDir, vm: settings.vmName, slot, place });
    // User-mode networks keep QEMU's own address and net numbers, whatever stands beside them.
    const users = nics.filter(({ kind }) => kind === 'user').length;
    nics.push(nic === 'user' || tap === undefined ? { kind: 'user', mac: `52:54:00:12:34:${(0x56 + users).toString(16)}`, net: 2 + users } : tap(mac, nic));
  }
  const leases: Leases | undefined = client === undefined ? undefined : {
    nics: nics.flatMap((nic, place) => (nic.kind === 'user' ? [] : [{ mac: nic.mac, place }])),
    client,
    multipath: settings.vmMultipath,
    deadlineMs: settings.vmLeaseTimeoutMs,
  };
  return { nics, leases, bridges: bridges.map((name) => `${name} ${textOf(join(paths.sys, 'class/net', name, 'ifindex'))?.trim() ?? ''}`) };
}

type MakeNic = (mac: string, bridge: string) => Nic;

/**
 * QEMU makes the tap (the kernel gives it a free name for `kt%d`), runs our
 * script, which puts it on the bridge, and the kernel takes it away when QEMU
 * ends, however it ends: nothing is left behind, and nothing to clear later.
 */
function tapsByRoot(bridges: readonly string[], settings: Settings): Result<MakeNic> {
  const scripts = new Map<string, string>();
  for (const bridge of bridges) {
    const path = join(settings.stateDir, 'network', `tap-on-${bridge}`);
    // The tap itself speaks no IPv6: else it would announce itself to the network.
    const text = `#!/bin/sh\necho 1 >"/proc/sys/net/ipv6/conf/$1/disable_ipv6" 2>/dev/null\nPATH=$PATH:/usr/sbin:/sbin exec ip link set dev "$1" master ${bridge} up\n`;
    const written = readText(path) === text ? undefined : writeWhole(path, text, 0o755);
    if (isFailure(written)) return written;
    scripts.set(bridge, path);
  }
  const vhost = mayUse('/dev/vhost-net');
  return (mac, bridge) => ({ kind: 'tap', mac, ifname: 'kt%d', script: scripts.get(bridge) ?? '', vhost });
}

async function tapsByHelper(bridges: readonly string[], paths: HostPaths, processes: Processes): Promise<Result<MakeNic>> {
  const helper = findBridgeHelper();
  if (helper === undefined) return networkFailure({ reason: 'no-bridge-helper', looked: bridgeHelpers });
  if (!(await mayMakeNics(helper, processes))) return networkFailure({ reason: 'helper-unprivileged', path: helper });
  const acl = join(paths.etc, 'qemu/bridge.conf');
  for (const bridge of bridges) {
    const verdict = aclVerdict(bridge, acl);
    if (verdict.kind === 'refused') return networkFailure({ reason: 'helper-refuses', bridge, acl, by: verdict.by });
  }
  const vhost = mayUse('/dev/vhost-net');
  return (mac, bridge) => ({ kind: 'bridge-helper', mac, bridge, helper, vhost });
}

function mayUse(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** By how soon they have a lease in an emulated guest: udhcpc is small and waits for nothing, dhclient waits by chance. (Measured.) */
const clients: readonly Leases['client']['kind'][] = ['udhcpc', 'dhcpcd', 'dhclient'];

async function dhcpClient(processes: Processes): Promise<Result<Leases['client']>> {
  for (const kind of clients) {
    const path = findProgram(kind);
    if (path !== undefined) return { kind, path };
  }
  const busybox = findProgram('busybox');
  if (busybox !== undefined) {
    const applets = await processes.run({ argv: [busybox, '--list'] });
    if (!isFailure(applets) && applets.stdout.split('\n').includes('udhcpc')) return { kind: 'busybox', path: busybox };
  }
  return networkFailure({ reason: 'no-dhcp-client' });
}

/** A place among the VMs of one tree and name that run at once, held until kloop ends: MAC addresses go by it. */
export async function claimSlot(settings: Settings, holder: string): Promise<{ readonly slot: number; readonly lock: Lock }> {
  for (let slot = 0; ; slot++) {
    const taken = new AbortController();
    const lock = await takeLock({ name: `nics:${settings.topDir}:${settings.vmName}:${slot}`, holder, onWait: () => taken.abort(), signal: taken.signal });
    if (lock !== undefined) return { slot, lock };
  }
}
