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
  | { reason: 'too-many-nics'; asked: number; most: number }
  | { reason: 'no-dhcp-client' }
  | { reason: 'no-tun' }
  | { reason: 'no-bridge-helper'; looked: readonly string[] }
  | { reason: 'helper-unprivileged'; path: string }
  | { reason: 'helper-refuses'; bridge: string; acl: string; by: AclLine | undefined };

const choose = (others: readonly string[]) => {
  const [first] = others;
  return first === undefined
    ? ['BRIDGE_UPLINK=none npm run bridge   # a private bridge, with address translation']
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
  'not-an-adapter': (d) => ({ what: `'${d.name}' isn't an Ethernet adapter that could be put on a bridge (BRIDGE_UPLINK)`, why: list(d.others), fix: choose(d.others) }),
  'adapter-taken': (d) => ({
    what: `the adapter ${d.name} is on another bridge already: ${d.master}`,
    why: ['Use that bridge, or take the adapter off it.'],
    fix: [`npm run vm -- --bridge ${d.master}`, `sudo ip link set dev ${d.name} nomaster`],
  }),
  'several-adapters': (d) => ({
    what: `there are several wired adapters with a carrier: ${d.names.join(', ')}`,
    why: ['Which of them goes on the bridge is yours to say.'],
    fix: d.names.map((name) => `BRIDGE_UPLINK=${name} npm run bridge`),
  }),
  'foreign-bridge': (d) => ({
    what: `there is a ${d.kind} '${d.name}' already, and kloop did not make it`,
    why: ['It is left as it is.'],
    fix: ['BRIDGE_NAME=kloop0 npm run bridge', `sudo ip link del dev ${d.name}   # if nothing else needs it`],
  }),
  'no-bridge': (d) => ({
    what: `there is no bridge '${d.name}' on this host`,
    why: [d.known.length === 0 ? 'There is none at all.' : `Bridges here: ${d.known.join(', ')}`, `kloop makes the one that BRIDGE_NAME names: ${d.ours}`],
    fix: [`npm run vm -- --bridge ${d.known[0] ?? d.ours}`, `BRIDGE_NAME=${d.name} npm run bridge`],
  }),
  'ssh-through-adapter': (d) => ({
    what: `you are connected by ssh through ${d.adapter} (${d.connection})`,
    why: [
      `Should the change go wrong, this connection is lost. kloop puts everything back when the gateway does not answer or when it is killed, but cannot promise more.`,
    ],
    fix: ['npm run bridge -- --force', 'npm run bridge -- --dry-run   # look first'],
  }),
  'gateway-silent': (d) => ({
    what: `the gateway ${d.gateways.join(' and ')} did not answer over ${d.bridge} within ${d.ms / 1000} s${d.restored ? '; everything was put back' : ''}`,
    why: ['The switch may allow one MAC address a port, or the adapter may not forward foreign ones.'],
    fix: ['BRIDGE_UPLINK=none npm run bridge   # a private bridge, with address translation'],
  }),
  'sudo-refused': () => ({
    what: 'this needs root, and sudo did not grant it',
    why: ['Nothing was changed.'],
    fix: ['sudo -v   # asks for the password, and says what is wrong', 'npm run bridge'],
  }),
  'guard-gone': (d) => ({
    what: `the guard of ${d.bridge} ended half-way (killed, or kloop was stopped for 90 s)${d.restored ? '; everything was put back' : ''}`,
    fix: d.restored ? ['npm run bridge'] : ['npm run bridge -- down   # tries again', 'npm run bridge -- status'],
  }),
  'undo-failed': (d) => ({
    what: `${d.bridge} was not made, and not everything could be put back`,
    why: [d.cause, ...d.failed.flatMap(({ command, said }) => [`failed: ${command}`, ...said.split('\n').filter((line) => line !== '').slice(-3).map((line) => `  ${line}`)])],
    log: d.log,
    fix: ['npm run bridge -- down   # tries again', 'npm run bridge -- status'],
  }),
  'not-restored': (d) => ({
    what: `${d.bridge} is down, but the network is not as it was`,
    why: d.missing.map((line) => `missing: ${line}`),
    log: d.log,
    fix: ['npm run bridge -- down   # tries again', 'npm run bridge -- status'],
  }),
  'no-free-subnet': () => ({ what: 'no private subnet is left that nothing on this host uses', fix: ['ip route'] }),
  'no-nat': () => ({ what: 'address translation for a private bridge needs nft or iptables, and there is neither', fix: ['npm run packages -- --install --all'] }),
  'bridge-program-missing': (d) => ({ what: `the bridge needs the program '${d.program}', which is not on this host`, fix: [d.packageCommand] }),
  'too-many-nics': (d) => ({ what: `a VM has ${d.most} NICs at the most, not ${d.asked}`, fix: [] }),
  'no-dhcp-client': () => ({
    what: 'a NIC on a bridge gets its address by DHCP, and this host has no client for it',
    why: ['Any of these will do: dhcpcd, dhclient, udhcpc, or a busybox that has udhcpc.'],
    fix: ['npm run packages -- --install --all'],
  }),
  'no-tun': () => ({
    what: 'a NIC on a bridge needs /dev/net/tun, which is not on this host',
    why: ['In a container it must be given at the start: docker run --device /dev/net/tun --cap-add NET_ADMIN'],
    fix: ['sudo modprobe tun'],
  }),
  'no-bridge-helper': (d) => ({
    what: "QEMU's bridge helper is not on this host, and without it an ordinary user cannot give a VM a NIC on a bridge",
    why: [`Looked for: ${d.looked.join(', ')}`],
    fix: ['npm run packages -- --install'],
  }),
  'helper-unprivileged': (d) => ({
    what: `QEMU's bridge helper may not make NICs for ordinary users: ${d.path} is neither setuid root nor has it cap_net_admin`,
    fix: [`sudo chmod u+s ${d.path}`],
  }),
  'helper-refuses': (d) => ({
    what: `QEMU's bridge helper does not allow the bridge ${d.bridge}`,
    ...(d.by === undefined ? { fix: [`echo 'allow ${d.bridge}' | sudo tee -a ${d.acl}`] } : { why: [`${d.by.file} says '${d.by.text}'`], fix: [`sudoedit ${d.by.file}`] }),
  }),
});
