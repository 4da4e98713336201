/** What `peer-sample` prints in the peer (tasks/guest/peer/sample.c). Pure. */

/** What a queue has let through since it is there. */
export interface QueueCount {
  readonly bytes: number;
  readonly packets: number;
  readonly dropped: number;
}

/** A connection, or a subflow of one, as the peer's TCP sees it. */
export interface ConnectionCount {
  /** No other of this kernel's ever has it. */
  readonly cookie: string;
  /** The VM's address: it tells the path. */
  readonly remote: string;
  /** Smoothed; ms. 0: not measured. */
  readonly rttMs: number;
  /** Segments that the peer sent again. */
  readonly again: number;
  /** Of the peer's bytes, those that the VM has confirmed. */
  readonly acked: number;
  readonly received: number;
  /** Of the connection of Multipath TCP that it is a subflow of; `undefined`: of none, or out of tree, which does not say. */
  readonly token: string | undefined;
  /** The peer's port, and the VM's. */
  readonly ports: string;
}

/** A connection of Multipath TCP, upstream: how far it has come, whatever went over which path how often. */
export interface MultipathCount {
  readonly token: string;
  /** Sequence numbers, of 64 bits: only what is between two of them has a meaning. */
  readonly acked: bigint;
  readonly received: bigint;
}

export interface Sample {
  /** By the peer's clock; ms. */
  readonly atMs: number;
  /** By their devices: netem's alone. */
  readonly queues: ReadonlyMap<string, QueueCount>;
  /** Those that are there, and those that have ended since the sample before. */
  readonly connections: readonly ConnectionCount[];
  readonly multipath: readonly MultipathCount[];
}

/** Takes line by line; a sample is there with its last one. */
export function sampleReader(took: (sample: Sample) => void): (line: string) => void {
  let queues = new Map<string, QueueCount>();
  let connections = new Map<string, ConnectionCount>();
  let multipath: MultipathCount[] = [];
  return (line) => {
    const [kind, ...words] = line.split(' ');
    if (kind === 'q') {
      const [device = '', discipline, bytes, packets, dropped] = words;
      if (discipline === 'netem') queues.set(device, { bytes: Number(bytes), packets: Number(packets), dropped: Number(dropped) });
    } else if (kind === 's') {
      const [cookie = '', , remote = '', , rttUs, again, acked, received, token = '', localPort, remotePort] = words;
      // One that ends while the others are asked is told twice: the last word counts.
      connections.set(cookie, {
        cookie, remote: remote.replace(/^::ffff:/, ''), rttMs: Number(rttUs) / 1000, again: Number(again), acked: Number(acked), received: Number(received),
        token: /^0*$/.test(token) ? undefined : token, ports: `${localPort} ${remotePort}`,
      });
    } else if (kind === 'm') {
      const [token = '', acked = '0', received = '0'] = words;
      multipath.push({ token, acked: BigInt(acked), received: BigInt(received) });
    } else if (kind === 't') {
      took({ atMs: Number(words[0]) / 1000, queues, connections: [...connections.values()], multipath });
      queues = new Map();
      connections = new Map();
      multipath = [];
    }
  };
}
