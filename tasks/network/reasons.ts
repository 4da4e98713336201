/** What can go wrong with the bridge and the guest's NICs. */
import type { FailedUndo } from '../host/processes/guard.ts';
import { failuresOf } from '../report/failure.ts';

/** A line of bridge.conf. */
export interface AclLine {
  readonly file: string;
  readonly text: string;
}

type NetworkReason =
  | { reason: 'no-adapter'; name: string; others: readonly string[] }
  | { reason: 'wireless-adapter'; name: string; others: readonly string[] }
  | { reason: 'not-an-adapter'; name: string; others: readonly string[] }
  | { reason: 'adapter-taken'; name: string; master: string; bridge: string }
  | { reason: 'several-adapters'; names: readonly string[] }
  | { reason: 'foreign-bridge'; name: string; kind: string }
  | { reason: 'no-bridge'; name: string; known: readonly string[]; ours: string }
  | { reason: 'ssh-through-adapter'; adapter: string; connection: string }
  | { reason: 'gateway-silent'; gateways: readonly string[]; bridge: string; ms: number; restored: boolean }
  | { reason: 'sudo-refused' }
  /** `restored`: all that was begun is undone. */
  | { reason: 'guard-gone'; bridge: string; restored: boolean }
  /** `cause`: why it was to be undone, in words. */
  | { reason: 'undo-failed'; bridge: string; cause: string; failed: readonly FailedUndo[]; log: string }
  | { reason: 'not-restored'; bridge: string; missing: readonly string[]; log: string }
  | { reason: 'no-free-subnet' }
  | { reason: 'no-nat' }
  | { reason: 'bridge-program-missing'; program: string; packageCommand: string }
  | { reason: 'shaping-needs-root'; nic: string }
  | { reason: 'host-cannot-shape'; nic: string; said: readonly string[] }
  | { reason: 'too-many-nics'; asked: number; most: number }
  | { reason: 'no-dhcp-client' }
  | { reason: 'no-tun' }
  | { reason: 'no-bridge-helper'; looked: readonly string[] }
  | { reason: 'helper-unprivileged'; path: string }
  | { reason: 'helper-refuses'; bridge: string; acl: string; by: AclLine | undefined };

const choose = (others: readonly string[]) => {
  const [first] = others;
  return first === undefined
    ? ['BRIDGE_UPLINK=none npm run bridge   # a private bridge, with NAT']
    : [`BRIDGE_UPLINK=${first} npm run bridge`];
};
const list = (names: readonly string[]) => (names.length === 0 ? [] : [`Wired adapters here: ${names.join(', ')}`]);

export const networkFailure = failuresOf<NetworkReason>({
  'no-adapter': (d) => ({ what: `there is no adapter '${d.name}' on this host (BRIDGE_UPLINK)`, why: list(d.others), fix: ['ip -brief link', ...choose(d.others)] }),
  'wireless-adapter': (d) => ({
    what: `${d.name} is Wi-Fi, which cannot be put on a bridge`,
    why: ['An access point takes frames only from the one MAC address that has associated with it, and drops those of the guests.', ...list(d.others)],
    fix: choose(d.others),
  }),
  'not-an-adapter': (d) => ({ what: `'${d.name}' isn't an Ethernet adapter that can be put on a bridge (BRIDGE_UPLINK)`, why: list(d.others), fix: choose(d.others) }),
  'adapter-taken': (d) => ({
    what: `the adapter ${d.name} is already on another bridge: ${d.master}`,
    why: ['Use that bridge, or take the adapter off it.'],
    fix: [`npm run vm -- --bridge ${d.master}`, `sudo ip link set dev ${d.name} nomaster`],
  }),
  'several-adapters': (d) => ({
    what: `there are several wired adapters with a carrier: ${d.names.join(', ')}`,
    why: ['Choose the one to put on the bridge.'],
    fix: d.names.map((name) => `BRIDGE_UPLINK=${name} npm run bridge`),
  }),
  'foreign-bridge': (d) => ({
    what: `there is already a ${d.kind} '${d.name}', which kloop did not make`,
    why: ['kloop does not change it.'],
    fix: ['BRIDGE_NAME=kloop0 npm run bridge', `sudo ip link del dev ${d.name}   # if nothing else needs it`],
  }),
  'shaping-needs-root': (d) => ({
    what: `--path ${d.nic}: only root may shape what is on a bridge`,
    why: ['A path to a peer needs no root: its kernel shapes it.'],
    fix: ['sudo npm run vm -- …', `npm run vm -- --path ${d.nic.replace(/@[^:]*/, '')}`],
  }),
  'host-cannot-shape': (d) => ({
    what: `--path ${d.nic}: this host cannot shape what is on a bridge`,
    why: ['It takes netem, ifb, matchall and mirred of its kernel. A path to a peer needs none of them: its kernel shapes it.'],
    said: d.said,
    fix: ['sudo modprobe -a sch_netem ifb cls_matchall act_mirred', `npm run vm -- --path ${d.nic.replace(/@[^:]*/, '')}`],
  }),
  'no-bridge': (d) => ({
    what: `there is no bridge '${d.name}' on this host`,
    why: [d.known.length === 0 ? 'There are no bridges.' : `Bridges here: ${d.known.join(', ')}`, `kloop makes the one named by BRIDGE_NAME: ${d.ours}`],
    fix: [`npm run vm -- --bridge ${d.known[0] ?? d.ours}`, `BRIDGE_NAME=${d.name} npm run bridge`],
  }),
  'ssh-through-adapter': (d) => ({
    what: `you are connected by ssh through ${d.adapter} (${d.connection})`,
    why: [
      'If the change goes wrong, you lose this connection. kloop restores the network if the gateway does not answer or if kloop is killed, but cannot guarantee more.',
    ],
    fix: ['npm run bridge -- --force', 'npm run bridge -- --dry-run   # shows the commands first'],
  }),
  'gateway-silent': (d) => ({
    what: `the gateway ${d.gateways.join(' and ')} did not answer over ${d.bridge} within ${d.ms / 1000} s${d.restored ? '; the network was restored' : ''}`,
    why: ['The switch may allow only one MAC address per port, or the adapter may not pass frames of other MAC addresses.'],
    fix: ['BRIDGE_UPLINK=none npm run bridge   # a private bridge, with NAT'],
  }),
  'sudo-refused': () => ({
    what: 'this needs root, and sudo did not grant it',
    why: ['Nothing was changed.'],
    fix: ['sudo -v   # asks for the password, and shows what is wrong', 'npm run bridge'],
  }),
  'guard-gone': (d) => ({
    what: `the guard of ${d.bridge} ended too early (it was killed, or kloop was stopped for 90 s)${d.restored ? '; the network was restored' : ''}`,
    fix: d.restored ? ['npm run bridge'] : ['npm run bridge -- down   # tries again', 'npm run bridge -- status'],
  }),
  'undo-failed': (d) => ({
    what: `${d.bridge} was not made, and the network could not be fully restored`,
    why: [d.cause, ...d.failed.flatMap(({ command, said }) => [`failed: ${command}`, ...said.split('\n').filter((line) => line !== '').slice(-3).map((line) => `  ${line}`)])],
    log: d.log,
    fix: ['npm run bridge -- down   # tries again', 'npm run bridge -- status'],
  }),
  'not-restored': (d) => ({
    what: `${d.bridge} is down, but the network was not fully restored`,
    why: d.missing.map((line) => `missing: ${line}`),
    log: d.log,
    fix: ['npm run bridge -- down   # tries again', 'npm run bridge -- status'],
  }),
  'no-free-subnet': () => ({ what: 'this host uses all private subnets', fix: ['ip route'] }),
  'no-nat': () => ({ what: 'NAT for a private bridge needs nft or iptables, and neither is installed', fix: ['npm run packages -- --install --all'] }),
  'bridge-program-missing': (d) => ({ what: `the bridge needs the program '${d.program}', which is not installed`, fix: [d.packageCommand] }),
  'too-many-nics': (d) => ({ what: `a VM can have at most ${d.most} NICs, not ${d.asked}`, fix: [] }),
  'no-dhcp-client': () => ({
    what: 'a NIC on a bridge gets its address by DHCP, and this host has no DHCP client',
    why: ['Any of these works: dhcpcd, dhclient, udhcpc, or a busybox with udhcpc.'],
    fix: ['npm run packages -- --install --all'],
  }),
  'no-tun': () => ({
    what: 'a NIC on a bridge needs /dev/net/tun, which does not exist on this host',
    why: ['A container must be started with it: docker run --device /dev/net/tun --cap-add NET_ADMIN'],
    fix: ['sudo modprobe tun'],
  }),
  'no-bridge-helper': (d) => ({
    what: "QEMU's bridge helper is not installed, and an ordinary user needs it to put a NIC on a bridge",
    why: [`Looked for: ${d.looked.join(', ')}`],
    fix: ['npm run packages -- --install'],
  }),
  'helper-unprivileged': (d) => ({
    what: `QEMU's bridge helper cannot create NICs for ordinary users: ${d.path} has neither setuid root nor cap_net_admin`,
    fix: [`sudo chmod u+s ${d.path}`],
  }),
  'helper-refuses': (d) => ({
    what: `QEMU's bridge helper does not allow the bridge ${d.bridge}`,
    ...(d.by === undefined ? { fix: [`echo 'allow ${d.bridge}' | sudo tee -a ${d.acl}`] } : { why: [`${d.by.file} says '${d.by.text}'`], fix: [`sudoedit ${d.by.file}`] }),
  }),
});
