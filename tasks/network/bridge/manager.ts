/**
 * The manager of an adapter: the program of the host that gives it addresses.
 * For each kind, the steps that move an adapter's addresses, routes and DNS to
 * the bridge, and what puts them back. Pure.
 *
 * NetworkManager and systemd-networkd know bridges themselves: they are told
 * that the adapter is the bridge's port and that the bridge has the adapter's
 * settings. An adapter that is merely declared unmanaged loses its DNS servers
 * with its profile, and whoever writes resolv.conf in their place fights with
 * them at their next change (a VPN, Wi-Fi). What they are told stands in
 * memory or in /run, and is gone after a reboot, as the bridge is.
 */
import { carried, giveAddress, giveRoute, inMakingOrder, takeAddresses } from './carry.ts';
import { routesThrough, type Link, type Route } from '../host/links.ts';
import { shell, type Step } from '../step.ts';
import type { Manager } from '../host/found.ts';

interface Move {
  readonly bridge: string;
  readonly uplink: Link;
  readonly routes: readonly Route[];
  /** Our directory below /run, for pid and lease files. */
  readonly runDir: string;
  /** /run/systemd/network, in the place where this host has it. */
  readonly networkdDir: string;
  /** systemd-resolved's servers for the adapter, where it runs and the manager does not tell it. */
  readonly resolved?: { readonly servers: readonly string[]; readonly domains: readonly string[] };
  /** The step that makes the bridge, and what follows it at once. */
  readonly makeBridge: readonly [Step, ...Step[]];
}

export function movingSteps(manager: Manager, move: Move): Step[] {
  switch (manager.kind) {
    case 'NetworkManager': return byNetworkManager(manager, move);
    case 'systemd-networkd': return byNetworkd(manager, move);
    case 'client': return byHand(move, [stopClient(manager, move)], [startClient(manager, move)]);
    case 'dhcpcd': return byHand(move, stopDhcpcd(manager), [startDhcpcd(move)]);
    case 'nobody': return byHand(move, [], []);
  }
}

/** NetworkManager's waiting, in seconds: for a lease, at most. */
const activationS = '20';
/** NetworkManager puts everything back by itself after so many seconds, unless it is told that all is well. */
const checkpointS = 45;

/**
 * Profiles in memory only (`save no`), so that a reboot forgets them. The
 * checkpoint is NetworkManager's own safety net (its D-Bus API, since 1.4):
 * flags 1 + 2 + 4 destroy older checkpoints, and at a roll-back delete new
 * profiles and disconnect new devices; an empty list means all devices, and
 * `/` destroys all checkpoints. Tried with 1.42.
 */
function byNetworkManager(manager: Extract<Manager, { kind: 'NetworkManager' }>, move: Move): Step[] {
  const { bridge, uplink } = move;
  const [, ...marked] = move.makeBridge;
  const profile = `kloop-${bridge}`;
  const port = `${profile}-port`;
  const bus = ['busctl', 'call', 'org.freedesktop.NetworkManager', '/org/freedesktop/NetworkManager', 'org.freedesktop.NetworkManager'];
  const ip = manager.ip.flatMap(([key, value]) => [key, value]);
  const metric = (family: string) => (manager.ip.some(([key]) => key === `${family}.route-metric`) ? [] : [`${family}.route-metric`, '100']);
  return [
    {
      title: 'have NetworkManager restore everything if this fails',
      argv: [...bus, 'CheckpointCreate', 'aouu', '0', String(checkpointS), '7'],
      undo: [[...bus, 'CheckpointDestroy', 'o', '/'], ['nmcli', '--wait', activationS, 'connection', 'up', 'uuid', manager.profile]],
    },
    {
      title: `describe ${bridge} to NetworkManager, with the settings of ${uplink.name}`,
      // Wired adapters have metric 100 there, bridges 425: a second adapter must not win now.
      argv: ['nmcli', 'connection', 'add', 'save', 'no', 'type', 'bridge', 'con-name', profile, 'ifname', bridge, 'autoconnect', 'no',
        'bridge.stp', 'no', 'bridge.mac-address', uplink.mac, ...ip, ...metric('ipv4'), ...metric('ipv6')],
      undo: [['nmcli', 'connection', 'delete', profile]],
    },
    {
      title: `describe ${uplink.name} to NetworkManager as its port`,
      argv: ['nmcli', 'connection', 'add', 'save', 'no', 'type', 'ethernet', 'con-name', port, 'ifname', uplink.name, 'master', bridge, 'autoconnect', 'no'],
      undo: [['nmcli', 'connection', 'delete', port]],
    },
    { title: `move ${uplink.name} to ${bridge}`, argv: ['nmcli', '--wait', activationS, 'connection', 'up', port], undo: [['ip', 'link', 'del', 'dev', bridge]] },
    // Without STP it takes no forward delay from a profile. (Its own bridge is used: one made before it is not its to activate.)
    { title: `no forward delay on ${bridge}`, argv: ['ip', 'link', 'set', 'dev', bridge, 'type', 'bridge', 'forward_delay', '0'], undo: [] },
    ...marked,
  ];
}

/**
 * How long the gateway may be silent after the change, in ms: a few seconds,
 * and with managers that ask for a lease again, the time that this may take.
 */
export function gatewayMs(manager: Manager): number {
  // 7 s: an entry that the gateway itself has brought about is asked after only
  // when it has been in use for 5 s (delay_first_probe_time, arp(7)).
  return manager.kind === 'NetworkManager' || manager.kind === 'systemd-networkd' ? 15_000 : 7_000;
}

/** What tells NetworkManager that all is well; after the gateway has answered. */
export function confirmingSteps(manager: Manager): Step[] {
  if (manager.kind !== 'NetworkManager') return [];
  const argv = ['busctl', 'call', 'org.freedesktop.NetworkManager', '/org/freedesktop/NetworkManager', 'org.freedesktop.NetworkManager', 'CheckpointDestroy', 'o', '/'];
  return [{ title: 'tell NetworkManager that it worked', argv, undo: [] }];
}

function byNetworkd(manager: Extract<Manager, { kind: 'systemd-networkd' }>, move: Move): Step[] {
  const { bridge, uplink, networkdDir } = move;
  // 00: networkd takes the first file that matches, by name.
  const portFile = `${networkdDir}/00-kloop-${bridge}-port.network`;
  const bridgeFile = `${networkdDir}/00-kloop-${bridge}.network`;
  // It uses a bridge that is there already, but a port's file may only name one that has a .netdev file. (Tried with 252.)
  const netdevFile = `${networkdDir}/00-kloop-${bridge}.netdev`;
  const write = 'mkdir -p "$(dirname "$1")" && printf %s "$2" >"$1"';
  return [
    {
      title: `describe ${uplink.name} to systemd-networkd as the port of ${bridge}`,
      argv: shell(write, portFile, `[Match]\nName=${uplink.name}\n\n[Network]\nBridge=${bridge}\nLinkLocalAddressing=no\n`),
      undo: [['rm', '-f', portFile, bridgeFile, netdevFile], ['networkctl', 'reload'], ['networkctl', 'reconfigure', uplink.name]],
    },
    {
      title: `describe ${bridge} to systemd-networkd as a bridge`,
      argv: shell(write, netdevFile, `[NetDev]\nName=${bridge}\nKind=bridge\nMACAddress=${uplink.mac}\n\n[Bridge]\nForwardDelaySec=0\nSTP=no\n`),
      undo: [],
    },
    {
      title: `describe ${bridge} to systemd-networkd, with the settings of ${uplink.name}`,
      argv: shell(write, bridgeFile, bridgeNetwork(manager.file, bridge)),
      undo: [],
    },
    ...move.makeBridge,
    { title: `move ${uplink.name} to ${bridge}`, argv: ['networkctl', 'reload'], undo: [] },
    { title: `reconfigure ${uplink.name}`, argv: ['networkctl', 'reconfigure', uplink.name], undo: [] },
    { title: `set ${bridge} up`, argv: ['ip', 'link', 'set', 'dev', bridge, 'up'], undo: [] },
  ];
}

/** An adapter's .network file, made the bridge's: another [Match], and the identity in DHCP by MAC address, which they share. */
export function bridgeNetwork(file: string, bridge: string): string {
  const sections = file.split(/^(?=\[)/m).filter((section) => /^\[/.test(section) && !/^\[(Match|Link|SR-IOV)\]/.test(section));
  return `[Match]\nName=${bridge}\n\n${sections.map((section) => `${section.trim()}\n`).join('\n')}`;
}

/** By iproute2: addresses and routes are carried over with their lifetimes; a DHCP client then renews them on the bridge. */
function byHand(move: Move, stop: readonly Step[], start: readonly Step[]): Step[] {
  const { bridge, uplink } = move;
  const [make, ...marked] = move.makeBridge;
  const mine = carried(uplink);
  const routes = inMakingOrder(routesThrough(move.routes, uplink.name));
  const back = [
    ...(uplink.up ? [['ip', 'link', 'set', 'dev', uplink.name, 'up']] : []),
    ...mine.map((address) => giveAddress(address, uplink.name)),
    ...routes.map((route) => giveRoute(route, '', '')),
    ...(uplink.up ? [] : [['ip', 'link', 'set', 'dev', uplink.name, 'down']]),
  ];
  return [
    ...stop,
    // What was there comes back last, when the bridge is gone.
    { ...make, undo: [...make.undo, ...back] },
    ...marked,
    { title: `put ${uplink.name} on ${bridge}`, argv: ['ip', 'link', 'set', 'dev', uplink.name, 'master', bridge], undo: [['ip', 'link', 'set', 'dev', uplink.name, 'nomaster']] },
    ...(uplink.up ? [] : [{ title: `set ${uplink.name} up`, argv: ['ip', 'link', 'set', 'dev', uplink.name, 'up'], undo: [] }]),
    { title: `set ${bridge} up`, argv: ['ip', 'link', 'set', 'dev', bridge, 'up'], undo: [] },
    ...mine.map((address) => ({ title: `give ${bridge} the address ${address.local}`, argv: giveAddress(address, bridge), undo: [] })),
    ...takeAddresses(uplink).map((argv) => ({ title: `remove the addresses from ${uplink.name}`, argv, undo: [] })),
    ...routes.map((route) => ({ title: `give ${bridge} the route to ${route.dst}`, argv: giveRoute(route, uplink.name, bridge), undo: [] })),
    ...resolvedSteps(move),
    ...start,
  ];
}

/** systemd-resolved forgets a link's servers with the link: there is nothing to undo. From its manual; not tried. */
function resolvedSteps({ bridge, resolved }: Move): Step[] {
  if (resolved === undefined || resolved.servers.length === 0) return [];
  return [
    { title: `give ${bridge} the DNS servers`, argv: ['resolvectl', 'dns', bridge, ...resolved.servers], undo: [] },
    ...(resolved.domains.length === 0 ? [] : [{ title: `give ${bridge} the DNS domains`, argv: ['resolvectl', 'domain', bridge, ...resolved.domains], undo: [] }]),
  ];
}

/** Starts in a session of its own and does not wait: a client without a server would hold us for a minute. */
const apart = (argv: readonly string[]) => shell('exec setsid --fork "$@" </dev/null >/dev/null 2>&1', ...argv);

/** Ends the process of a pid file, if it still is that program, and waits for its end, for 2 s at most. */
export function endByPidFile(file: string, program: string): string[] {
  return shell(
    'p=$(cat "$1" 2>/dev/null) && grep -q "$2" "/proc/$p/comm" 2>/dev/null && kill "$p" && i=0 && '
    + 'while [ $i -lt 100 ] && grep -q "$2" "/proc/$p/comm" 2>/dev/null; do sleep 0.02; i=$((i+1)); done; rm -f "$1"',
    file, program);
}

function stopClient(manager: Extract<Manager, { kind: 'client' }>, { uplink }: Move): Step {
  const { client, pid, argv } = manager;
  const title = `stop ${client} on ${uplink.name}; it keeps its lease`;
  if (client === 'dhcpcd') {
    // It overwrites its own arguments, so how it was started cannot be known.
    return { title, argv: ['dhcpcd', '-x', uplink.name], undo: [apart(['dhcpcd', '-q', '-b', uplink.name])] };
  }
  // SIGTERM: both end without giving the lease back. (udhcpc with -R does; then the server gives the same again.)
  const alive = shell(`grep -q "$2" "/proc/$1/comm" 2>/dev/null || { shift 2; exec setsid --fork "$@" </dev/null >/dev/null 2>&1; }`, String(pid), client, ...argv);
  return { title, argv: ['kill', String(pid)], undo: [alive] };
}

function startClient(manager: Extract<Manager, { kind: 'client' }>, move: Move): Step {
  const { client, argv } = manager;
  const { bridge, uplink, runDir } = move;
  const title = `run ${client} on ${bridge}`;
  if (client === 'dhcpcd') return { title, argv: apart(['dhcpcd', '-q', '-b', bridge]), undo: [['dhcpcd', '-x', bridge]] };
  const pidFile = `${runDir}/${client}.pid`;
  return { title, argv: apart(clientOnBridge(client, argv, { uplink: uplink.name, bridge, runDir, pidFile })), undo: [endByPidFile(pidFile, client)] };
}

/** Options of the clients that name files of the old run, which the new one must not share. */
const ownFiles: Readonly<Record<'dhclient' | 'udhcpc', readonly string[]>> = {
  dhclient: ['-pf', '-lf', '-df'],
  udhcpc: ['-p', '--pidfile'],
};

/** A client's command line, turned to the bridge. */
export function clientOnBridge(
  client: 'dhclient' | 'udhcpc',
  argv: readonly string[],
  { uplink, bridge, runDir, pidFile }: { uplink: string; bridge: string; runDir: string; pidFile: string },
): string[] {
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (ownFiles[client].includes(word)) i++;
    else words.push(word === uplink ? bridge : word);
  }
  const [program = client, ...rest] = words;
  return client === 'dhclient'
    ? [program, '-pf', pidFile, '-lf', `${runDir}/dhclient.leases`, ...rest]
    : [program, '-p', pidFile, ...rest];
}

/** It cannot be told while it runs, but by a file that outlives a reboot: it is ended, and started again. */
function stopDhcpcd(manager: Extract<Manager, { kind: 'dhcpcd' }>): Step[] {
  const { service } = manager;
  return [
    {
      title: 'stop dhcpcd',
      argv: service === undefined ? ['dhcpcd', '-x'] : ['systemctl', 'stop', service],
      undo: [service === undefined ? apart(['dhcpcd', '-q', '-b']) : ['systemctl', 'start', '--no-block', service]],
    },
  ];
}

/**
 * With a configuration of its own, in /run: by itself it passes over links
 * whose name begins with `bridge`, unless its configuration speaks of them;
 * and once it runs it takes no more of them. (Tried with 9.4.)
 */
function startDhcpcd({ bridge, uplink, runDir }: Move): Step {
  const file = `${runDir}/dhcpcd.conf`;
  return {
    title: `run dhcpcd for ${bridge} and all but ${uplink.name}`,
    argv: shell('{ echo "denyinterfaces $2"; cat /etc/dhcpcd.conf; printf "\\ninterface %s\\n" "$3"; } >"$1" && exec dhcpcd -q -b -f "$1"', file, uplink.name, bridge),
    undo: [['dhcpcd', '-x']],
  };
}
