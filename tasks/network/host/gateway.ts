/** Whether the host's gateway answers. By ARP and neighbour discovery, not ping: every gateway must answer those, and many drop pings. */
import { createSocket } from 'node:dgram';
import { isFailure } from '../../report/failure.ts';
import { NetworkMonitor } from './monitor.ts';
import type { Processes } from '../../host/processes/process.ts';

export interface Gateway {
  readonly family: 'inet' | 'inet6';
  readonly gateway: string;
}

/** The kernel gives up on a neighbour after 3 s, and asks again only when something is sent: so often, in ms. */
const nudgeMs = 500;

/** `known`: it has answered at some time. `reachable`: it has answered just now. */
type Wanted = 'known' | 'reachable';

interface Reach {
  readonly gateways: readonly Gateway[];
  readonly dev: string;
  readonly wanted: Wanted;
  readonly deadlineMs: number;
  readonly processes: Processes;
  readonly signal: AbortSignal;
}

/**
 * Makes the kernel ask for the gateway's link address, and waits for the
 * answer.
 *
 * @returns whether any of the gateways is as wanted within the deadline
 */
export async function anyAnswers({ gateways, dev, wanted, deadlineMs, processes, signal }: Reach): Promise<boolean> {
  const until = performance.now() + deadlineMs;
  let nudge = 0;
  const monitor = new NetworkMonitor(['neigh'], processes);
  try {
    while (!signal.aborted) {
      if (performance.now() >= nudge) {
        for (const gateway of gateways) send(gateway, dev);
        nudge = performance.now() + nudgeMs;
      }
      const states = await neighbourStates(dev, processes);
      if (gateways.some(({ gateway }) => isAsWanted(states.get(gateway) ?? '', wanted))) return true;
      const now = performance.now();
      if (now >= until) return false;
      await monitor.next(Math.max(0, Math.min(nudge, until) - now), signal);
    }
    return false;
  } finally {
    await monitor.end();
  }
}

/**
 * The kernel's states of a neighbour (neighbour(7), `ip neigh`). STALE and
 * DELAY do not show that it answers: an entry gets there, too, by what the
 * neighbour asks of us, over a wire that carries nothing back.
 */
export function isAsWanted(state: string, wanted: Wanted): boolean {
  return wanted === 'reachable'
    ? ['REACHABLE', 'PERMANENT', 'NOARP'].includes(state)
    : !['', 'INCOMPLETE', 'FAILED', 'NONE'].includes(state);
}

/** One datagram to the discard port: what it is, nobody need know. */
function send({ family, gateway }: Gateway, dev: string): void {
  const socket = createSocket(family === 'inet' ? 'udp4' : 'udp6');
  socket.on('error', () => undefined);
  socket.send('', 9, gateway.startsWith('fe80') ? `${gateway}%${dev}` : gateway, () => socket.close());
}

/** The states of all neighbours on a link, of both families, by address. */
async function neighbourStates(dev: string, processes: Processes): Promise<Map<string, string>> {
  const said = await processes.run({ argv: ['ip', 'neigh', 'show', 'dev', dev, 'nud', 'all'] });
  const lines = isFailure(said) ? [] : said.stdout.trim().split('\n').map((line) => line.trim().split(/\s+/));
  return new Map(lines.map((words) => [words[0] ?? '', words.at(-1) ?? '']));
}
