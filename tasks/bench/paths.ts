/** What a peer costs: at the boot; and on a path that nothing shapes, beside two bare QEMUs that are joined by the same netdev. */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../host/files.ts';
import type { Comparison } from './pairs.ts';
import type { Part, Tools } from './tools.ts';

/** Long enough for TCP to be at its speed; s. */
const seconds = 5;
const addresses = { client: '192.0.2.1', server: '192.0.2.2' } as const;
/** Receives at the far end, and says so in Mbit/s. A server may be there later than its client. */
const transfer = (to: string) => `for try in $(seq 50); do iperf3 -c ${to} -t ${seconds} -f m 2>/dev/null && break; sleep 0.2; done`;
/** Both have the MAC address of QEMU's default at first. */
const withAddress = (end: 'client' | 'server', what: string) => `ip link set eth0 address 52:54:00:00:00:0${end === 'client' ? 1 : 2}; ip addr add ${addresses[end]}/24 dev eth0; ${what}`;

export function pathComparisons(tools: Tools): Part {
  const boots: Comparison[] = availableParallelism() < 2 ? [] : [{
    name: 'vm -- true with two paths and a peer',
    a: { label: 'vm --path wifi --path lte', run: () => tools.kloop('vm', '--path', 'wifi', '--path', 'lte', '--', 'true') },
    b: { label: 'vm', run: () => tools.kloop('vm', '--', 'true') },
    goal: { is: 'ratio', most: 1.3 },
  }];
  const absent = boots.length === 0 ? ['the boot with a peer is not measured: it needs two processors'] : [];
  if (findProgram('iperf3') === undefined) return { comparisons: boots, absent: [...absent, 'paths are not measured: iperf3 is not installed'] };
  return {
    comparisons: [...boots, {
      name: 'guest to peer, a path that nothing shapes',
      a: {
        label: 'vm --path',
        run: async () => rateIn(await tools.capture(tools.kloopArgv('vm', '--mptcp', 'none', '--path', 'lan:rate=none,delay=0ms', '--', 'sh', '-c', transfer('peer')))),
      },
      b: { label: 'two bare QEMUs', run: () => twoBare(tools) },
      goal: { is: 'share', least: 0.9 },
      unit: 'Mbit/s',
    }],
    absent,
  };
}

/** The receiver's, of what iperf3 prints. */
export function rateIn(said: string): number {
  const rate = /([\d.]+) Mbits\/sec.*receiver/.exec(said)?.[1];
  if (rate === undefined) throw new Error(`iperf3 said no rate: ${said.slice(-200)}`);
  return Number(rate);
}

async function twoBare(tools: Tools): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-bench-'));
  const socket = join(dir, 'wire');
  // A NIC on QEMU's own network, put on the wire: the machine is the same as beside a peer.
  const line = async (name: string, server: boolean, command: string) => (await tools.capture(tools.kloopArgv('vm', '--dry-run', '--name', name, '--net', '--', 'sh', '-c', command)))
    .replace(/user,id=nic0\S*/, `stream,id=nic0,server=${server ? 'on' : 'off'},addr.type=unix,addr.path=${socket}`);
  try {
    const server = await line('bench-server', true, withAddress('server', 'iperf3 -s'));
    const client = await line('bench-client', false, withAddress('client', transfer(addresses.server)));
    return rateIn(await tools.capture(['bash', '-c', `(exec ${server}) </dev/null >/dev/null 2>&1 & trap "kill $!" EXIT; until [ -S ${socket} ] || ! kill -0 $!; do sleep 0.05; done; ${client}`]));
  } finally {
    rmSync(dir, { recursive: true });
  }
}
