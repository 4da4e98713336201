/** What a VM runs that is the peer at the far end of paths. Pure. */
import type { Link, Profile } from './link.ts';
import { isPlain, netemArguments } from './netem.ts';
import { announces, endpointFlags, peerItself, type Multipath, type PlannedPath } from './plan.ts';

/** The namespace of the servers: guest/peer/peer.c has all that is in it. */
const namespace = 'peer';
/** The guest's init, as a command. */
const guestProgram = '/proc/1/exe';

/** What names a path's two queues in the peer. */
export type WireEnds = Pick<PlannedPath, 'name' | 'place'>;

/** Where what goes up is queued; what comes down is at the NIC, which has the path's name. */
export const upOf = (place: number): string => `up${place}`;

/** With the seed of down, each packet that is lost on the way up would be lost on the way down, too. */
const otherChance = (up: Link): Link => (up.seed === undefined ? up : { ...up, seed: up.seed + 1 });

/** A path as it is from now on: queues as for `tc -batch`, and whether its frames may go many as one. */
export function shapeLines({ name, place }: WireEnds, { down, up }: Profile): string[] {
  return [`offload ${name} ${upOf(place)} ${isPlain(down) && isPlain(up) ? 'on' : 'off'}`, `qdisc replace dev ${name} root ${netemArguments(down).join(' ')}`, `qdisc replace dev ${upOf(place)} root ${netemArguments(otherChance(up)).join(' ')}`];
}

interface PeerSetUp {
  readonly multipath: Multipath;
  readonly scheduler: string | undefined;
  readonly preload: string | undefined;
  /** A NIC that leads elsewhere: its MAC, address/prefix, gateway. */
  readonly outside?: string | undefined;
}

/** What the peer runs (guest/peer/peer.c): sets the paths up, and serves; it prints `listening` when it does. */
export function peerProgram(paths: readonly PlannedPath[], { multipath, scheduler, preload, outside }: PeerSetUp): string[] {
  return [
    guestProgram, 'peer-run', preload ?? '', scheduler ?? '', `${peerItself.v4}/32`, `${peerItself.v6}/128`, outside ?? '', paths.flatMap((path) => shapeLines(path, path.profile)).join('\n'),
    ...paths.map(({ name, place, peerAddress, peerAddress6 }) => `${name} ${place} ${peerAddress}/24 ${announces(multipath) ? endpointFlags.signal : 0} ${peerAddress6}/64`),
  ];
}

/** A command of the peer's, in the servers' namespace; its words as a shell reads them. */
export function inNamespace(words: readonly string[]): string[] {
  return ['ip', 'netns', 'exec', namespace, ...words];
}

/** Reads such lines, and answers `done` with it. */
export const shapeProgram: readonly string[] = [guestProgram, 'peer-shape'];

/** In the VM: hands on what its commands ask of paths. Its init as others can run it, too (guest/network/path-ask.c). */
export const askProgram: readonly string[] = ['/run/kloop-path', 'path-serve'];

/** Prints, each so many ms, what `sampleReader` reads. */
export const sampleProgram = (everyMs: number): string[] => [guestProgram, 'peer-sample', String(everyMs)];

/** Prints the queues' counters as a sample, and then the servers' kernel's. */
export const countersProgram: readonly string[] = [guestProgram, 'peer-counters'];
