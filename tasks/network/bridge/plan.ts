/** The steps of `bridge up`, from what was found on the host. Pure: `--dry-run` shows exactly what would be done. */
import { isFailure, type Result } from '../../report/failure.ts';
import type { AclLine } from '../reasons.ts';
import { confirmingSteps, endByPidFile, gatewayMs, movingSteps } from './manager.ts';
import { append, shell, type Step } from '../step.ts';
import { freeSubnet, networksInUse } from './subnet.ts';
import type { Uplink } from './uplink.ts';
import { networkFailure } from '../reasons.ts';
import type { Found } from '../host/found.ts';

export interface BridgeRequest {
  readonly name: string;
  readonly netfilter: 'on' | 'off' | 'leave';
  /** Written on the bridge (its alias), so that any kloop knows whose it is. */
  readonly mark: string;
  readonly runDir: string;
  readonly networkdDir: string;
}

/** What `up` does, and what it says beside it. */
export interface BridgePlan {
  readonly steps: readonly Step[];
  /** Taken after the gateway has answered. */
  readonly confirming: readonly Step[];
  /** How long the gateway may be silent after the steps, in ms. */
  readonly gatewayMs: number;
  readonly notes: readonly string[];
}

export function planBridge(found: Found, uplink: Uplink, request: BridgeRequest): Result<BridgePlan> {
  const moving = uplink.kind === 'adapter' ? planLan(found, uplink.name, request) : planPrivate(found, request);
  if (isFailure(moving)) return moving;
  const netfilter = netfilterSteps(found, uplink, request);
  return {
    steps: [runDirStep(request), ...aclSteps(found, request), ...netfilter.module, ...moving, ...netfilter.rules, ...(uplink.kind === 'adapter' ? [forgetNeighbours(request)] : [])],
    confirming: uplink.kind === 'adapter' ? confirmingSteps(found.manager) : [],
    gatewayMs: gatewayMs(found.manager),
    notes: [...netfilter.notes, ...aclNotes(found, request)],
  };
}

/** What the host heard over the bridge so far proves nothing of the way there: the gateway is to be asked at once. */
function forgetNeighbours({ name }: BridgeRequest): Step {
  return { title: 'look up the gateway again', argv: ['ip', 'neigh', 'flush', 'dev', name], undo: [] };
}

/** Root's, as all below it is a root's program to read or write. */
function runDirStep({ runDir }: BridgeRequest): Step {
  return { title: 'make a directory for pid and lease files', argv: ['mkdir', '-p', runDir], undo: [shell('rm -rf "$1"; rmdir "$(dirname "$1")" 2>/dev/null; :', runDir)] };
}

/**
 * Forward delay 0: a port of a bridge listens for 15 s before it forwards, and
 * a DHCP client gives up before that. The MAC address is fixed, to the
 * uplink's where there is one (the DHCP server then gives the host the lease
 * it had); a bridge otherwise takes its ports' lowest, which changes whenever
 * a tap comes or goes.
 */
function makeBridgeSteps({ name, mark }: BridgeRequest, mac: string, mtu: number): [Step, Step] {
  return [
    {
      title: `make ${name}`,
      argv: ['ip', 'link', 'add', 'name', name, 'address', mac, ...(mtu === 1500 ? [] : ['mtu', String(mtu)]), 'type', 'bridge', 'forward_delay', '0', 'stp_state', '0'],
      undo: [['ip', 'link', 'del', 'dev', name]],
    },
    { title: `mark ${name} as kloop's`, argv: ['ip', 'link', 'set', 'dev', name, 'alias', mark], undo: [] },
  ];
}

function planLan(found: Found, name: string, request: BridgeRequest): Result<Step[]> {
  const uplink = found.links.find((link) => link.name === name);
  if (uplink === undefined) return networkFailure({ reason: 'no-adapter', name, others: [] });
  return movingSteps(found.manager, {
    bridge: request.name,
    uplink,
    routes: found.routes,
    runDir: request.runDir,
    networkdDir: request.networkdDir,
    ...(found.resolved === undefined ? {} : { resolved: found.resolved }),
    makeBridge: makeBridgeSteps(request, uplink.mac, uplink.mtu),
  });
}

/** A locally administered address (its second bit set) for a bridge without an uplink, always the same for a name. */
export function privateMac(name: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  const tail = hash.toString(16).padStart(8, '0').match(/../g) ?? [];
  return ['02', '6b', ...tail].join(':');
}

function planPrivate(found: Found, request: BridgeRequest): Result<Step[]> {
  const { name, runDir } = request;
  const subnet = freeSubnet(networksInUse(found.links, found.routes, name));
  if (subnet === undefined) return networkFailure({ reason: 'no-free-subnet' });
  if (!found.programs.nft && !found.programs.iptables) return networkFailure({ reason: 'no-nat' });
  const pidFile = `${runDir}/dnsmasq.pid`;
  return [
    ...makeBridgeSteps(request, privateMac(name), 1500),
    ...hideFromManagers(found, request),
    { title: `give ${name} its address`, argv: ['ip', 'addr', 'replace', `${subnet}.1/24`, 'broadcast', `${subnet}.255`, 'dev', name], undo: [] },
    { title: `set ${name} up`, argv: ['ip', 'link', 'set', 'dev', name, 'up'], undo: [] },
    {
      title: `run dnsmasq on ${name}`,
      // Nothing of the host's own dnsmasq is read, and lo is left to it.
      // --no-ping: nobody else gives out this subnet, so an address is free when it is not in the leases.
      argv: ['dnsmasq', '--conf-file=/dev/null', '--bind-interfaces', `--interface=${name}`, '--except-interface=lo', `--listen-address=${subnet}.1`,
        `--dhcp-range=${subnet}.20,${subnet}.250,12h`, '--dhcp-authoritative', '--no-ping', '--user=root',
        `--dhcp-leasefile=${runDir}/leases`, `--pid-file=${pidFile}`],
      undo: [endByPidFile(pidFile, 'dnsmasq')],
    },
    ...(found.forwarding ? [] : [{
      title: 'forward packets between networks',
      argv: ['sysctl', '-q', '-w', 'net.ipv4.ip_forward=1'],
      undo: [['sysctl', '-q', '-w', 'net.ipv4.ip_forward=0']],
    }]),
    natStep(found, request, `${subnet}.0/24`),
  ];
}

/** The guests reach the outside by the host's address. A table of our own: no other program's rules are touched. */
function natStep({ programs }: Found, { name }: BridgeRequest, network: string): Step {
  const title = 'set up NAT to the outside';
  if (programs.nft) {
    const table = `kloop_${name.replaceAll(/[^A-Za-z0-9_]/g, '_')}`;
    return {
      title,
      argv: ['nft', `add table ip ${table}; add chain ip ${table} nat { type nat hook postrouting priority srcnat; }; `
        + `add rule ip ${table} nat ip saddr ${network} ip daddr != ${network} masquerade`],
      undo: [['nft', `add table ip ${table}; delete table ip ${table}`]],
    };
  }
  const rule = ['POSTROUTING', '-s', network, '!', '-d', network, '-m', 'comment', '--comment', `kloop ${name}`, '-j', 'MASQUERADE'];
  return { title, argv: ['iptables', '-w', '-t', 'nat', '-A', ...rule], undo: [['iptables', '-w', '-t', 'nat', '-D', ...rule]] };
}

function hideFromManagers({ managers }: Found, { name, networkdDir }: BridgeRequest): Step[] {
  const file = `${networkdDir}/00-kloop-${name}.network`;
  const steps: Readonly<Record<Found['managers'][number], Step>> = {
    // It may not have seen the bridge yet; then it takes it for somebody else's, which it is.
    NetworkManager: { title: `make NetworkManager ignore ${name}`, argv: shell('nmcli device set "$1" managed no || :', name), undo: [] },
    'systemd-networkd': {
      title: `make systemd-networkd ignore ${name}`,
      argv: shell('mkdir -p "$(dirname "$1")" && printf %s "$2" >"$1" && networkctl reload', file, `[Match]\nName=${name}\n\n[Link]\nUnmanaged=yes\n`),
      undo: [shell('rm -f "$1"; networkctl reload', file)],
    },
    // It passes over links whose name begins with `bridge`; others it would give a lease of our own dnsmasq.
    dhcpcd: { title: `make dhcpcd ignore ${name}`, argv: shell('dhcpcd -x "$1" 2>/dev/null; :', name), undo: [] },
  };
  return managers.filter((manager) => manager !== 'dhcpcd' || !name.startsWith('bridge')).map((manager) => steps[manager]);
}

const denying = ({ verdict }: Found['acl']): AclLine | undefined => (verdict.kind === 'refused' ? verdict.by : undefined);

function aclNotes({ acl }: Found, { name }: BridgeRequest): string[] {
  const line = denying(acl);
  return line === undefined ? [] : [`${line.file} says '${line.text}': ordinary users cannot put a NIC on ${name}`];
}

/** QEMU's bridge helper takes only bridges that this file allows, and it must be root's: else anyone could allow any. */
function aclSteps({ acl }: Found, { name }: BridgeRequest): Step[] {
  const steps: Step[] = [];
  if (!acl.exists) {
    steps.push({
      title: "create the list of bridges for QEMU's helper",
      argv: ['install', '-D', '-m', '0644', '-o', '0', '-g', '0', '/dev/null', acl.path],
      undo: [shell('[ -s "$1" ] || rm -f "$1"; rmdir "$(dirname "$1")" 2>/dev/null; :', acl.path)],
      lasting: true,
    });
  } else if (!acl.safe) {
    steps.push({
      title: 'let only root write the list of bridges',
      argv: shell('chown 0:0 "$1" && chmod go-w "$1"', acl.path),
      undo: [['chown', acl.owner, acl.path], ['chmod', acl.mode, acl.path]],
      lasting: true,
    });
  }
  // Where a line denies it, another one that allows it changes nothing.
  if (acl.verdict.kind !== 'allowed' && denying(acl) === undefined) {
    steps.push({
      title: `allow ${name} in the list for QEMU's helper`,
      argv: shell(append, acl.path, `${acl.openEnd ? '\n' : ''}allow ${name}\n`),
      undo: [['sed', '-i', `/^allow ${name.replaceAll('.', '\\.')}$/d`, acl.path]],
      lasting: true,
    });
  }
  return steps;
}

/**
 * br_netfilter hands bridged frames to iptables. Where the host drops what it
 * forwards, as Docker has it, the frames of the guests would be dropped too:
 * then they are let through by a rule for this bridge alone. (Turning
 * bridge-nf-call-iptables off, as is often advised, turns it off for Docker's
 * bridges as well.)
 */
function netfilterSteps(found: Found, uplink: Uplink, { name, netfilter }: BridgeRequest): { module: Step[]; rules: Step[]; notes: string[] } {
  const { present, callsIptables } = found.netfilter;
  const module: Step[] = [];
  if (netfilter === 'on' && !present) {
    // A kernel without it does without it: nothing else here needs it.
    module.push({ title: 'load br_netfilter', argv: shell('modprobe br_netfilter || :'), undo: [['modprobe', '-q', '-r', 'br_netfilter']] });
  }
  if (netfilter === 'off' && callsIptables === true) {
    const set = (value: number) => ['sysctl', '-q', '-w', `net.bridge.bridge-nf-call-iptables=${value}`];
    module.push({ title: 'keep bridged frames from iptables', argv: set(0), undo: [set(1)] });
  }
  const filtered = netfilter === 'on' ? callsIptables !== false : netfilter === 'leave' && callsIptables === true;
  const routed = uplink.kind === 'private';
  return { module, ...(routed ? privateRules(found, name) : filtered ? lanRules(found, name) : { rules: [], notes: [] }) };
}

interface Rules {
  readonly rules: Step[];
  readonly notes: string[];
}

function accept(title: string, chain: 'INPUT' | 'FORWARD', ...match: string[]): Step {
  const rule = [chain, ...match, '-j', 'ACCEPT'];
  return { title, argv: ['iptables', '-w', '-I', ...rule], undo: [['iptables', '-w', '-D', ...rule]] };
}

function lanRules({ firewall, programs }: Found, name: string): Rules {
  const { forwardDrop, nftDrops, firewalld } = firewall;
  const fixed = forwardDrop !== undefined && programs.iptables;
  const beyond = firewalld ? 'firewalld' : nftDrops.find((chain) => /forward/i.test(chain));
  return {
    rules: fixed ? [accept('let bridged frames through', 'FORWARD', '-i', name, '-o', name)] : [],
    notes: [
      ...(fixed ? [`${forwardDrop} drops forwarded packets; a rule lets the frames of ${name} through`] : []),
      ...(beyond === undefined ? [] : [`${beyond} may drop the frames of ${name}: if guests get no lease, set BRIDGE_NETFILTER=off`]),
    ],
  };
}

/** The guests are routed, and their requests for leases and names come in to the host's own dnsmasq. */
function privateRules({ firewall, programs }: Found, name: string): Rules {
  const { forwardDrop, inputDrop, nftDrops, firewalld } = firewall;
  const rules: Step[] = [];
  const notes: string[] = [];
  if (firewalld) {
    // From its manual, not tried. Without --permanent it is gone with the next reload.
    const zone = (what: string) => ['firewall-cmd', '-q', '--zone=trusted', `--${what}-interface=${name}`];
    rules.push({ title: `let firewalld trust ${name}`, argv: zone('add'), undo: [zone('remove')] });
  } else if (nftDrops.length > 0) {
    notes.push(`nftables drops packets in the chain '${nftDrops.join("' and '")}', which kloop does not change: add a rule that accepts and forwards packets from ${name}`);
  }
  if (inputDrop !== undefined && programs.iptables) {
    rules.push(
      accept('accept DHCP requests', 'INPUT', '-i', name, '-p', 'udp', '--dport', '67'),
      accept('accept DNS queries', 'INPUT', '-i', name, '-p', 'udp', '--dport', '53'),
      accept('accept DNS queries over TCP', 'INPUT', '-i', name, '-p', 'tcp', '--dport', '53'),
    );
    notes.push(`${inputDrop} drops incoming packets; rules let the guests of ${name} use DHCP and DNS`);
  }
  if (forwardDrop !== undefined && programs.iptables) {
    rules.push(
      accept('forward packets from the guests', 'FORWARD', '-i', name),
      accept('forward replies to the guests', 'FORWARD', '-o', name, '-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED'),
    );
    notes.push(`${forwardDrop} drops forwarded packets; rules let the guests of ${name} out`);
  }
  return { rules, notes };
}
