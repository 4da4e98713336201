/** From the NICs that were asked for to those of the VM's description: taps on bridges, MAC addresses, and who gets their leases. */
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { bridgeHelpers } from '../../../config/packages.ts';
import type { Settings } from '../../../config/settings.ts';
import { findProgram, readText, textOf, writeWhole } from '../../host/files.ts';
import { takeLock, type Lock } from '../../host/lock.ts';
import type { Processes } from '../../host/processes/process.ts';
import type { Leases, Nic } from '../../machine/description.ts';
import { findProfile, profileDirs } from '../../paths/find.ts';
import type { Profile } from '../../paths/link.ts';
import { bridgeOf, shapeCommands, shapeOver, tryShaping } from '../../paths/over-bridge.ts';
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

const bridgesOf = (requested: readonly string[]) => [...new Set(requested.filter((nic) => nic !== 'user').map(bridgeOf))];

/**
 * What can be refused before anything is brought up for it.
 *
 * @param ours the bridge that is about to be made; `undefined`: all must be there
 */
export function nicsRefusal(requested: readonly string[], { ours, settings, paths = hostPaths, uid = process.getuid?.() ?? 0 }: { ours: string | undefined; settings: Settings; paths?: HostPaths; uid?: number }): Failure | undefined {
  const shapes = shapesOf(requested, settings);
  if (isFailure(shapes)) return shapes;
  const [shaped] = shapes.keys();
  if (shaped !== undefined && uid !== 0) return networkFailure({ reason: 'shaping-needs-root', nic: shaped });
  if (requested.length > mostNics) return networkFailure({ reason: 'too-many-nics', asked: requested.length, most: mostNics });
  const bridges = bridgesOf(requested);
  if (bridges.length > 0 && !existsSync('/dev/net/tun')) return networkFailure({ reason: 'no-tun' });
  const known = bridgesHere(paths);
  const name = bridges.find((bridge) => bridge !== ours && !known.includes(bridge));
  return name === undefined ? undefined : networkFailure({ reason: 'no-bridge', name, known, ours: settings.bridgeName });
}

/** The NICs whose link is shaped, with what they are like. */
function shapesOf(requested: readonly string[], settings: Settings): Result<Map<string, Profile>> {
  const shapes = new Map<string, Profile>();
  for (const nic of requested) {
    const shape = shapeOver(nic, (name) => findProfile(name, profileDirs(settings, process.env)));
    if (isFailure(shape)) return shape;
    if (shape !== undefined) shapes.set(nic, shape);
  }
  return shapes;
}

/** @returns why this host cannot shape them */
async function shapingRefusal(shapes: ReadonlyMap<string, Profile>, processes: Processes): Promise<Failure | undefined> {
  const [nic] = shapes.keys();
  if (nic === undefined) return undefined;
  const tried = await processes.run({ argv: ['unshare', '--net', 'sh', '-c', `PATH=$PATH:/usr/sbin:/sbin; ${tryShaping}`], timeoutMs: 10_000 });
  if (isFailure(tried)) return tried;
  return tried.status === 0 ? undefined : networkFailure({ reason: 'host-cannot-shape', nic, said: tried.stderr.trim().split('\n') });
}

/** @param requested `user`, or a bridge's name, or PROFILE@BRIDGE, in order */
export async function nicsFor(requested: readonly string[], options: NicsOptions): Promise<Result<GuestNics>> {
  const { settings, slot, paths = hostPaths, uid = process.getuid?.() ?? 0 } = options;
  const refused = nicsRefusal(requested, { ours: options.ours, settings, paths, uid });
  if (refused !== undefined) return refused;
  const shapes = shapesOf(requested, settings);
  if (isFailure(shapes)) return shapes;
  const unshaped = await shapingRefusal(shapes, options.processes);
  if (unshaped !== undefined) return unshaped;
  const bridges = bridgesOf(requested);
  const tap = bridges.length === 0 ? undefined : uid === 0 ? tapsByRoot(requested.filter((nic) => nic !== 'user'), shapes, settings) : await tapsByHelper(bridges, paths, options.processes);
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

type MakeNic = (mac: string, nic: string) => Nic;

/**
 * QEMU makes the tap (the kernel gives it a free name for `kt%d`), runs our
 * script, which puts it on the bridge, and the kernel takes it away when QEMU
 * ends, however it ends: nothing is left behind, and nothing to clear later.
 */
function tapsByRoot(requested: readonly string[], shapes: ReadonlyMap<string, Profile>, settings: Settings): Result<MakeNic> {
  const scripts = new Map<string, string>();
  for (const nic of new Set(requested)) {
    const shape = shapes.get(nic);
    const bridge = bridgeOf(nic);
    // Of its own for each link: two kloops may have two of one bridge.
    const path = join(settings.stateDir, 'network', shape === undefined ? `tap-on-${bridge}` : `tap-on-${bridge}-${createHash('sha256').update(JSON.stringify(shape)).digest('hex').slice(0, 12)}`);
    // The tap itself speaks no IPv6: else it would announce itself to the network.
    const text = `#!/bin/sh\necho 1 >"/proc/sys/net/ipv6/conf/$1/disable_ipv6" 2>/dev/null\nPATH=$PATH:/usr/sbin:/sbin\nip link set dev "$1" master ${bridge} up || exit\n${shape === undefined ? '' : `${shapeCommands(shape).join('\n')}\n`}`;
    const written = readText(path) === text ? undefined : writeWhole(path, text, 0o755);
    if (isFailure(written)) return written;
    scripts.set(nic, path);
  }
  const vhost = mayUse('/dev/vhost-net');
  return (mac, nic) => {
    const profile = shapes.get(nic);
    return { kind: 'tap', mac, ifname: 'kt%d', script: scripts.get(nic) ?? '', vhost, ...(profile === undefined ? {} : { over: { bridge: bridgeOf(nic), profile } }) };
  };
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
