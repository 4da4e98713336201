/** What connects the two QEMUs: for each path a socket beside the others, or a port of the loopback for each end. */
import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import type { Nic } from '../../machine/description.ts';
import type { PlannedPath } from '../plan.ts';

export interface Wires {
  readonly nic: (path: PlannedPath, end: 'vm' | 'peer') => Nic;
  /** What is there when the peer's QEMU can be connected to; none where it need not be. */
  readonly awaited: (paths: readonly PlannedPath[]) => string[];
}

/** @param dir the lab's */
export function streamWires(dir: string): Wires {
  const socketOf = ({ name }: PlannedPath) => join(dir, name);
  return {
    nic: (path, end) => ({ kind: 'path', mac: end === 'vm' ? path.vmMac : path.peerMac, socket: socketOf(path), listens: end === 'peer' }),
    awaited: (paths) => paths.map(socketOf),
  };
}

/** For a QEMU before 7.2. Ports are free now; one that is taken meanwhile makes QEMU fail, which says so. */
export async function udpWires(dir: string, paths: readonly PlannedPath[]): Promise<Wires> {
  const ports = await freePorts(2 * paths.length);
  const stream = streamWires(dir);
  return {
    nic: (path, end) => {
      const [vm = 0, peer = 0] = ports.slice(2 * path.place);
      const nic = stream.nic(path, end);
      return nic.kind === 'path' ? { ...nic, udp: end === 'vm' ? { own: vm, other: peer } : { own: peer, other: vm } } : nic;
    },
    awaited: () => [],
  };
}

async function freePorts(count: number): Promise<number[]> {
  const sockets = Array.from({ length: count }, () => createSocket('udp4'));
  await Promise.all(sockets.map((socket) => new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.bind(0, '127.0.0.1', resolve);
  })));
  const ports = sockets.map((socket) => (socket.address()).port);
  for (const socket of sockets) socket.close();
  return ports;
}

/** By what QEMU says of its command line. */
export const refusesStreams = (said: readonly string[]): boolean => said.some((line) => line.includes('-netdev stream'));
