/** Paths over a bridge of the host's, `--path lte@bridge0:delay=80ms`: the host shapes them, there is no peer. Pure. */
import { isFailure, type Result } from '../report/failure.ts';
import { splitWord } from './asked.ts';
import { changed, type Profile } from './link.ts';
import { netemArguments } from './netem.ts';
import { pathFailure } from './reasons.ts';

/** Begins the alias of an ifb of ours; its tap's name ends it. */
const mark = 'kloop ';

/** Whether a word of --path, or of the VM's NICs, is one. */
export const isOverBridge = (word: string): boolean => splitWord(word).profile.includes('@');

/** The bridge that a NIC is on; of a bridge's own name, that. */
export const bridgeOf = (nic: string): string => (isOverBridge(nic) ? splitWord(nic).profile.replace(/^.*@/, '') : nic);

/** @returns `undefined`: the NIC is on its bridge as it is */
export function shapeOver(nic: string, find: (name: string) => Result<Profile>): Result<Profile | undefined> {
  if (!isOverBridge(nic)) return undefined;
  const { profile: named, changes } = splitWord(nic);
  const found = find(named.replace(/@.*$/, ''));
  if (isFailure(found)) return found;
  const profile = changed(found, changes);
  const wrong = 'wrong' in profile ? profile.wrong
    : (profile.value.down.trace ?? profile.value.up.trace) !== undefined ? 'a trace is for paths to a peer' : undefined;
  return 'wrong' in profile || wrong !== undefined ? pathFailure({ reason: 'bad-change', where: `--path ${nic}`, wrong: wrong ?? '' }) : profile.value;
}

/** One of a VM that runs. */
export interface BridgedPath {
  /** As its guest's kernel calls the NIC. */
  readonly name: string;
  readonly bridge: string;
  readonly profile: Profile;
}

/** @param nics all that the VM has: the first ones are those which the kernel names, for those that lead to a peer come after them */
export const bridgedPaths = (nics: readonly { readonly over?: { readonly bridge: string; readonly profile: object } | undefined }[]): BridgedPath[] =>
  nics.flatMap(({ over }, place) => (over === undefined ? [] : [{ name: `eth${place}`, bridge: over.bridge, profile: over.profile as Profile }]));

/**
 * For a shell, with `$1` a tap that is on its bridge. What leaves the tap goes down
 * to the VM; what comes up is led through an ifb, for only what leaves a device is
 * queued. Its alias says whose it is: an ifb that has ours, and whose tap is no
 * more, is removed, for nobody else would; this tap is new, so one of its name is of
 * another one. What only has such a name is somebody's, and stays.
 */
export const shapeCommands = ({ down, up }: Profile): string[] => [
  'for old in $(ip -o link show type ifb | cut -d: -f2); do',
  '  alias=$(cat "/sys/class/net/$old/ifalias")',
  `  case $alias in "${mark}kt"[0-9]*) [ "$alias" != "${mark}$1" ] && [ -e "/sys/class/net/\${alias#"${mark}"}" ] || ip link del "$old";; esac`,
  'done 2>/dev/null',
  'up=kp${1#kt}',
  'while [ -e "/sys/class/net/$up" ]; do up=${up}_; done',
  'set -e',
  'ip link add "$up" type ifb',
  `ip link set "$up" alias "${mark}$1"`,
  'ip link set "$up" up',
  `tc qdisc add dev "$up" root ${netemArguments(up).join(' ')}`,
  'tc qdisc add dev "$1" ingress',
  'tc filter add dev "$1" parent ffff: protocol all matchall action mirred egress redirect dev "$up"',
  `tc qdisc add dev "$1" root ${netemArguments(down).join(' ')}`,
];

/** For a shell in a network namespace of its own: fails where this host's kernel cannot do that. */
export const tryShaping = 'set -e; ip link add kt0 type ifb; ip link add kp0 type ifb; tc qdisc add dev kp0 root netem delay 1ms; tc qdisc add dev kt0 ingress; tc filter add dev kt0 parent ffff: protocol all matchall action mirred egress redirect dev kp0';
