/** A subnet for the private bridge that nothing on the host uses. Pure. */
import type { Link, Route } from '../host/links.ts';

interface Range {
  readonly from: number;
  readonly to: number;
}

/** An IPv4 network, 'a.b.c.d/n', as the numbers of its addresses; `undefined` for other texts. */
function rangeOf(network: string): Range | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(network);
  if (match === null) return undefined;
  const address = match.slice(1, 5).reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(match[5] ?? 32));
  const from = Math.floor(address / size) * size;
  return { from, to: from + size - 1 };
}

/** The networks that addresses and routes of any link but `except` reach. The default route covers all, and blocks nothing. */
export function networksInUse(links: readonly Link[], routes: readonly Route[], except: string): string[] {
  return [
    ...links.filter(({ name }) => name !== except).flatMap((link) =>
      link.addresses.filter(({ family }) => family === 'inet').map(({ local, peer, prefix }) => `${peer ?? local}/${prefix}`)),
    ...routes.filter(({ family, dst, dev }) => family === 'inet' && dst !== 'default' && dev !== except).map(({ dst }) => dst),
  ];
}

/** Ours to try, in order: corners of the private ranges (RFC 1918) that routers and VPNs seldom give out. */
const candidates: readonly string[] = [
  ...Array.from({ length: 20 }, (_, i) => `192.168.${211 + i}`),
  ...Array.from({ length: 20 }, (_, i) => `10.211.${55 + i}`),
  ...Array.from({ length: 20 }, (_, i) => `172.29.${91 + i}`),
];

/** The first three numbers of a free /24: '192.168.211'; `undefined` where all candidates are in use. */
export function freeSubnet(inUse: readonly string[]): string | undefined {
  const used = inUse.flatMap((network) => rangeOf(network) ?? []);
  return candidates.find((prefix) => {
    const mine = rangeOf(`${prefix}.0/24`);
    return mine !== undefined && used.every((other) => other.to < mine.from || other.from > mine.to);
  });
}
