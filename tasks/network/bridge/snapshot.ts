/** The host's network as lines that can be compared: what `up` found, and what `down` must have brought back. Pure. */
import type { Link, Route } from '../host/links.ts';
import { carried } from './carry.ts';

/** A line for each address, route and DNS line. Lifetimes are left out: they run. So are addresses that come and go with router advertisements. */
export function snapshot(links: readonly Link[], routes: readonly Route[], resolvConf: string, except: string): string[] {
  const addresses = links.filter((link) => link.name !== except).flatMap((link) => carried(link)
    .filter((address) => address.family === 'inet' || address.validS === undefined)
    .map(({ local, prefix }) => `address ${link.name} ${local}/${prefix}`));
  const ways = routes.filter((route) => route.dev !== except && route.expiresS === undefined).map((route) =>
    ['route', route.dst, route.gateway ?? '', route.dev ?? route.nexthops.map((hop) => `${hop.gateway ?? ''}@${hop.dev}`).join('+'),
      `table ${route.table}`, `metric ${route.metric ?? 0}`].filter((word) => word !== '').join(' '));
  const dns = resolvConf.split('\n').map((line) => line.trim()).filter((line) => /^(nameserver|search|domain|options)\b/.test(line));
  return [...addresses, ...ways, ...dns].sort();
}

/** The lines of `before` that `now` lacks. */
export function lost(before: readonly string[], now: readonly string[]): string[] {
  const have = new Set(now);
  return before.filter((line) => !have.has(line));
}
