/** Whether the host's gateway answers. By ARP and neighbour discovery, not ping: every gateway must answer those, and many drop pings. */
import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isFailure } from '../report/failure.ts';
import type { Processes } from '../host/process.ts';
import type { HostPaths } from './paths.ts';
import { textOf } from './probe.ts';

export interface Gateway {
  readonly family: 'inet' | 'inet6';
  readonly gateway: string;
}

/** How often the kernel's table is looked at, in ms. */
const lookMs = 20;

/**
 * Makes the kernel ask for the gateway's link address on `dev`, and waits for
 * the answer.
 *
 * @returns whether any of the gateways answered within `deadlineMs`
 */
export async function anyAnswers(gateways: readonly Gateway[], dev: string, deadlineMs: number, paths: HostPaths, processes: Processes, signal: AbortSignal): Promise<boolean> {
  const until = performance.now() + deadlineMs;
  let nudge = 0;
  while (!signal.aborted) {
    // The kernel gives up on a neighbour after 3 s, and asks again only when something is sent.
    if (performance.now() >= nudge) {
      for (const gateway of gateways) send(gateway, dev);
      nudge = performance.now() + 500;
    }
    for (const { family, gateway } of gateways) {
      if (family === 'inet' ? inArpTable(gateway, dev, paths) : await inNeighbours(gateway, dev, processes)) return true;
    }
    if (performance.now() >= until) return false;
    await wait(lookMs);
  }
  return false;
}

/** One datagram to the discard port: what it is, nobody need know. */
function send({ family, gateway }: Gateway, dev: string): void {
  const socket = createSocket(family === 'inet' ? 'udp4' : 'udp6');
  socket.on('error', () => undefined);
  socket.send('', 9, gateway.startsWith('fe80') ? `${gateway}%${dev}` : gateway, () => socket.close());
}

/** /proc/net/arp: address, type, flags, link address, mask, device. Flag 2: complete. */
export function inArpTable(gateway: string, dev: string, paths: HostPaths): boolean {
  const table = textOf(join(paths.proc, 'net/arp')) ?? '';
  return table.split('\n').some((line) => {
    const [address, , flags, , , device] = line.trim().split(/\s+/);
    return address === gateway && device === dev && (Number(flags) & 2) !== 0;
  });
}

async function inNeighbours(gateway: string, dev: string, processes: Processes): Promise<boolean> {
  const said = await processes.run({ argv: ['ip', '-6', 'neigh', 'show', gateway, 'dev', dev] });
  return !isFailure(said) && /\blladdr\b/.test(said.stdout) && !/\bFAILED\b/.test(said.stdout);
}
