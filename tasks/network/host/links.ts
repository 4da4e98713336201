/** What a bridge is planned from: the host's links, addresses and routes as iproute2 tells them in JSON. Pure. */

/** An address as `ip -j addr` gives it; lifetimes in seconds, `undefined` for ever. */
export interface Address {
  readonly family: 'inet' | 'inet6';
  readonly local: string;
  readonly prefix: number;
  readonly peer?: string;
  readonly broadcast?: string;
  readonly scope: string;
  readonly metric?: number;
  readonly noPrefixRoute: boolean;
  readonly validS?: number;
  readonly preferredS?: number;
}

export interface Link {
  readonly name: string;
  readonly index: number;
  readonly mac: string;
  readonly mtu: number;
  /** 'ether', 'loopback', … */
  readonly type: string;
  /** 'bridge', 'veth', 'vlan', …; `undefined` for hardware. */
  readonly kind?: string;
  readonly master?: string;
  readonly alias?: string;
  readonly up: boolean;
  readonly carrier: boolean;
  readonly addresses: readonly Address[];
}

/** A route of the kinds that a person or a manager makes: not what the kernel derives from addresses. */
export interface Route {
  readonly family: 'inet' | 'inet6';
  readonly dst: string;
  readonly table: string;
  readonly gateway?: string;
  /** A gateway of the other family (RFC 5549). */
  readonly via?: { readonly family: string; readonly host: string };
  readonly dev?: string;
  readonly protocol?: string;
  readonly scope?: string;
  readonly src?: string;
  readonly metric?: number;
  readonly onlink: boolean;
  readonly mtu?: number;
  readonly expiresS?: number;
  readonly nexthops: readonly { readonly gateway?: string; readonly dev: string; readonly weight: number; readonly onlink: boolean }[];
}

/** An infinite lifetime in iproute2's JSON. */
const forever = 4_294_967_295;

interface RawAddress {
  family: string; local: string; address?: string; prefixlen: number; broadcast?: string; scope?: string; metric?: number;
  noprefixroute?: boolean; valid_life_time?: number; preferred_life_time?: number;
}

interface RawLink {
  ifindex: number; ifname: string; flags?: string[]; mtu?: number; link_type?: string; address?: string; master?: string; ifalias?: string;
  linkinfo?: { info_kind?: string }; addr_info?: RawAddress[];
}

/** Reads `ip -j -d addr show`. */
export function parseLinks(json: string): Link[] {
  const raw = JSON.parse(json) as RawLink[];
  return raw.filter((link) => typeof link.ifname === 'string').map((link) => ({
    name: link.ifname,
    index: link.ifindex,
    mac: link.address ?? '',
    mtu: link.mtu ?? 1500,
    type: link.link_type ?? '',
    ...(link.linkinfo?.info_kind === undefined ? {} : { kind: link.linkinfo.info_kind }),
    ...(link.master === undefined ? {} : { master: link.master }),
    ...(link.ifalias === undefined ? {} : { alias: link.ifalias }),
    up: link.flags?.includes('UP') ?? false,
    carrier: link.flags?.includes('LOWER_UP') ?? false,
    addresses: (link.addr_info ?? []).flatMap(address),
  }));
}

function address(raw: RawAddress): Address[] {
  if (raw.family !== 'inet' && raw.family !== 'inet6') return [];
  const life = (key: 'valid_life_time' | 'preferred_life_time', as: 'validS' | 'preferredS') =>
    raw[key] === undefined || raw[key] >= forever ? {} : { [as]: raw[key] };
  return [{
    family: raw.family,
    local: raw.local,
    prefix: raw.prefixlen,
    ...(raw.address === undefined ? {} : { peer: raw.address }),
    ...(raw.broadcast === undefined ? {} : { broadcast: raw.broadcast }),
    scope: raw.scope ?? 'global',
    ...(raw.metric === undefined ? {} : { metric: raw.metric }),
    noPrefixRoute: raw.noprefixroute ?? false,
    ...life('valid_life_time', 'validS'),
    ...life('preferred_life_time', 'preferredS'),
  }];
}

interface RawRoute {
  type?: string; dst: string; table?: string; gateway?: string; via?: { family: string; host: string }; dev?: string; protocol?: string;
  scope?: string; prefsrc?: string; metric?: number; flags?: string[]; metrics?: { mtu?: number }[]; expires?: number;
  nexthops?: { gateway?: string; dev?: string; weight?: number; flags?: string[] }[];
}

/** Reads `ip -j -d -4|-6 route show table all`. What the kernel makes by itself from addresses is left out. */
export function parseRoutes(json: string, family: 'inet' | 'inet6'): Route[] {
  const raw = JSON.parse(json) as RawRoute[];
  return raw
    .filter((route) => (route.type ?? 'unicast') === 'unicast' && route.protocol !== 'kernel' && route.table !== 'local')
    .map((route) => {
      const mtu = route.metrics?.find((metric) => metric.mtu !== undefined)?.mtu;
      return {
        family,
        dst: route.dst,
        table: route.table ?? 'main',
        ...(route.gateway === undefined ? {} : { gateway: route.gateway }),
        ...(route.via === undefined ? {} : { via: route.via }),
        ...(route.dev === undefined ? {} : { dev: route.dev }),
        ...(route.protocol === undefined ? {} : { protocol: route.protocol }),
        ...(route.scope === undefined ? {} : { scope: route.scope }),
        ...(route.prefsrc === undefined ? {} : { src: route.prefsrc }),
        ...(route.metric === undefined ? {} : { metric: route.metric }),
        onlink: route.flags?.includes('onlink') ?? false,
        ...(mtu === undefined ? {} : { mtu }),
        ...(route.expires === undefined ? {} : { expiresS: route.expires }),
        nexthops: (route.nexthops ?? []).flatMap((hop) => (hop.dev === undefined ? [] : [{
          ...(hop.gateway === undefined ? {} : { gateway: hop.gateway }),
          dev: hop.dev,
          weight: hop.weight ?? 1,
          onlink: hop.flags?.includes('onlink') ?? false,
        }])),
      };
    });
}

/** The routes that leave through `dev`. */
export function routesThrough(routes: readonly Route[], dev: string): Route[] {
  return routes.filter((route) => route.dev === dev || route.nexthops.some((hop) => hop.dev === dev));
}

/** The gateways of the default routes through `dev`, best metric first. */
export function gatewaysThrough(routes: readonly Route[], dev: string): { family: 'inet' | 'inet6'; gateway: string }[] {
  return routesThrough(routes, dev)
    .filter((route) => route.dst === 'default' && route.table === 'main')
    .sort((a, b) => (a.metric ?? 0) - (b.metric ?? 0))
    .flatMap((route) => {
      const gateway = route.gateway ?? route.nexthops.find((hop) => hop.dev === dev)?.gateway;
      return gateway === undefined ? [] : [{ family: route.family, gateway }];
    });
}
