/**
 * The commands that make a VM the peer at the far end of paths. Pure.
 *
 *   VM ── wifi ══ [wifi ── br0 ── up0] ── wifi (namespace peer): the servers
 *          the wire  what comes down   what goes up
 *                    is queued here    is queued here
 *
 * A queue is left by what is sent. So that both directions pass one, the servers
 * are in a namespace of their own, behind a bridge: what they send is queued at
 * the peer's NIC, what the VM sends at the other side. Neither sender has
 * the queue in its own machine, where TCP would notice (its small queues).
 */
import { shellQuote } from '../text/values.ts';
import type { Profile } from './link.ts';
import { netemArguments } from './netem.ts';
import { peerItself, type Multipath, type PlannedPath } from './plan.ts';

/** The namespace of the servers. */
export const namespace = 'peer';

/** What names a path's two queues in the peer. */
export type WireEnds = Pick<PlannedPath, 'name' | 'place'>;

/** Where what goes up is queued; what comes down is at the NIC, which has the path's name. */
export const upOf = (place: number): string => `up${place}`;

/** For `tc -batch`: a path as it is from now on. */
export function shapeLines({ name, place }: WireEnds, { down, up }: Profile): string[] {
  return [`qdisc replace dev ${name} root ${netemArguments(down).join(' ')}`, `qdisc replace dev ${upOf(place)} root ${netemArguments(up).join(' ')}`];
}

/** A script for sh: ends with 0 when all is in place. */
export function setUpScript(paths: readonly PlannedPath[], multipath: Multipath): string {
  const outer = paths.flatMap(({ name, place }) => [
    `link add br${place} type bridge`,
    `link add ${upOf(place)} type veth peer name ${name} netns ${namespace}`,
    `link set ${name} master br${place} up`,
    `link set ${upOf(place)} master br${place} up`,
    `link set br${place} up`,
  ]);
  const inner = [
    'link set lo up',
    `addr add ${peerItself}/32 dev lo`,
    ...paths.flatMap(({ name, peerAddress }) => [`addr add ${peerAddress}/24 dev ${name}`, `link set ${name} up`]),
  ];
  const announced = multipath.kind === 'signal' || multipath.kind === 'fullmesh' ? paths : [];
  return [
    'set -e',
    // The bridges and what is on them have no addresses.
    'for d in all default; do echo 1 >/proc/sys/net/ipv6/conf/$d/disable_ipv6 2>/dev/null || :; done',
    `ip netns add ${namespace}`,
    batch('ip -batch -', outer),
    batch(`ip -n ${namespace} -batch -`, inner),
    `/proc/1/exe peer-offload ${paths.flatMap(({ name, place }) => [name, upOf(place)]).join(' ')}`,
    `ip netns exec ${namespace} /proc/1/exe peer-offload ${paths.map(({ name }) => name).join(' ')}`,
    batch('tc -batch -', paths.flatMap((path) => shapeLines(path, path.profile))),
    // Upstream's Multipath TCP; out of tree all is as it should be, and the VM's path manager meshes.
    ...(multipath.kind === 'none' ? [] : [
      `if [ -e /proc/sys/net/mptcp/enabled ]; then`,
      batch(`ip -n ${namespace} -batch -`, ['mptcp limits set subflows 8 add_addr_accepted 8', ...announced.map(({ name, peerAddress }) => `mptcp endpoint add ${peerAddress} dev ${name} signal`)]),
      'fi',
    ]),
    '',
  ].join('\n');
}

function batch(command: string, lines: readonly string[]): string {
  return `${command} <<'END'\n${lines.join('\n')}\nEND`;
}

/** A command of the peer's, in the servers' namespace; its words as a shell reads them. */
export function inNamespace(words: readonly string[]): string[] {
  return ['ip', 'netns', 'exec', namespace, ...words];
}

/** For sh: prints the queues' counters, as JSON on a line, and the servers' kernel's. */
export const countersScript = `tc -s -j qdisc show | tr -d '\\n'; echo; ip netns exec ${namespace} cat /proc/net/netstat /proc/net/snmp`;

/** All that a peer serves by itself. */
export function servers(preload: string | undefined): string {
  const iperf = `${preload === undefined ? '' : `LD_PRELOAD=${shellQuote(preload)} `}iperf3 -s`;
  return `if command -v iperf3 >/dev/null; then ${iperf} >/dev/null 2>&1 & fi; exec /proc/1/exe peer-serve`;
}
