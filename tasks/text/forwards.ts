/** Ports of the host that lead into the guest. */
import type { Parsed } from './values.ts';

export interface Forward {
  readonly protocol: 'tcp' | 'udp';
  /** On the host. */
  readonly address: string;
  readonly hostPort: number;
  readonly guestPort: number;
}

const expected = 'expected HOSTPORT:GUESTPORT, as in 8080:80, 0.0.0.0:8080:80 or udp:5353:53';

/** As `docker run -p` has it: `8080:80`, with an address of the host's before it, which is the loopback's if none is given, and `tcp:` or `udp:` before that. */
export function parseForward(text: string): Parsed<Forward> {
  const [, protocol, address, host, guest] = /^(?:(tcp|udp):)?(?:(\d+\.\d+\.\d+\.\d+):)?(\d+):(\d+)$/.exec(text) ?? [];
  const hostPort = Number(host);
  const guestPort = Number(guest);
  const isPort = (port: number) => port >= 1 && port <= 65_535;
  const isAddress = (address ?? '').split('.').every((byte) => Number(byte) <= 255);
  if (!isPort(hostPort) || !isPort(guestPort) || !isAddress) return { wrong: expected };
  return { value: { protocol: protocol === 'udp' ? 'udp' : 'tcp', address: address ?? '127.0.0.1', hostPort, guestPort } };
}
