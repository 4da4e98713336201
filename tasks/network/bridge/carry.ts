/** Moves addresses and routes from one link to another, as iproute2 commands. Pure. */
import type { Address, Link, Route } from '../host/links.ts';

/** Addresses that belong to the host's configuration: not what the kernel gives each link by itself. */
export function carried(link: Link): Address[] {
  return link.addresses.filter((address) => address.family === 'inet' || address.scope !== 'link');
}

/**
 * The command that gives `dev` the address. `replace`: harmless where it is
 * there already. `nodad`: it was in use here a moment ago, and duplicate
 * address detection would leave it unusable for a second.
 */
export function giveAddress(address: Address, dev: string): string[] {
  const { family, local, prefix, peer } = address;
  return [
    'ip', family === 'inet' ? '-4' : '-6', 'addr', 'replace',
    ...(peer === undefined || peer === local ? [`${local}/${prefix}`] : [local, 'peer', `${peer}/${prefix}`]),
    ...(address.broadcast === undefined ? [] : ['broadcast', address.broadcast]),
    ...(address.scope === 'global' ? [] : ['scope', address.scope]),
    'dev', dev,
    ...(address.metric === undefined ? [] : ['metric', String(address.metric)]),
    ...(address.validS === undefined ? [] : ['valid_lft', String(address.validS)]),
    ...(address.preferredS === undefined ? [] : ['preferred_lft', String(address.preferredS)]),
    ...(family === 'inet6' ? ['nodad'] : []),
    ...(address.noPrefixRoute ? ['noprefixroute'] : []),
  ];
}

/** Takes from `dev` all that `carried` tells of it. */
export function takeAddresses(link: Link): string[][] {
  const mine = carried(link);
  const v4 = mine.some((address) => address.family === 'inet') ? [['ip', '-4', 'addr', 'flush', 'dev', link.name]] : [];
  const v6 = mine.some((address) => address.family === 'inet6') ? [['ip', '-6', 'addr', 'flush', 'dev', link.name, 'scope', 'global']] : [];
  return [...v4, ...v6];
}

/** The command that makes the route, with `to` instead of the link `from`. */
export function giveRoute(route: Route, from: string, to: string): string[] {
  const dev = (name: string) => (name === from ? to : name);
  return [
    'ip', route.family === 'inet' ? '-4' : '-6', 'route', 'replace', route.dst,
    ...(route.gateway === undefined ? [] : ['via', route.gateway]),
    ...(route.via === undefined ? [] : ['via', route.via.family, route.via.host]),
    ...(route.dev === undefined || route.nexthops.length > 0 ? [] : ['dev', dev(route.dev)]),
    ...(route.table === 'main' ? [] : ['table', route.table]),
    ...(route.protocol === undefined || route.protocol === 'boot' ? [] : ['proto', route.protocol]),
    ...(route.scope === undefined || route.scope === 'global' || route.family === 'inet6' ? [] : ['scope', route.scope]),
    ...(route.src === undefined ? [] : ['src', route.src]),
    ...(route.metric === undefined ? [] : ['metric', String(route.metric)]),
    ...(route.mtu === undefined ? [] : ['mtu', String(route.mtu)]),
    ...(route.expiresS === undefined ? [] : ['expires', String(Math.max(1, route.expiresS))]),
    ...(route.onlink && route.nexthops.length === 0 ? ['onlink'] : []),
    ...route.nexthops.flatMap((hop) => [
      'nexthop', ...(hop.gateway === undefined ? [] : ['via', hop.gateway]), 'dev', dev(hop.dev), 'weight', String(hop.weight), ...(hop.onlink ? ['onlink'] : []),
    ]),
  ];
}

/** Routes in an order in which each gateway is reachable when its route is made: those on the link itself first. */
export function inMakingOrder(routes: readonly Route[]): Route[] {
  const direct = (route: Route) => route.gateway === undefined && route.via === undefined && route.nexthops.length === 0;
  return [...routes.filter(direct), ...routes.filter((route) => !direct(route))];
}
