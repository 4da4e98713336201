/** Which adapter the bridge gets. Pure. */
import type { Result } from '../../report/failure.ts';
import { networkFailure } from '../reasons.ts';
import type { Adapter } from '../host/found.ts';

/** What the bridge is put on: an adapter, or nothing outside (a private bridge), and why nothing. */
export type Uplink = { readonly kind: 'adapter'; readonly name: string } | { readonly kind: 'private'; readonly why: string };

const wired = (adapter: Adapter) => adapter.hardware && !adapter.wireless && adapter.link.type === 'ether' && adapter.link.kind === undefined;

/**
 * Chooses by BRIDGE_UPLINK: an adapter's name, `none`, or `auto`.
 *
 * `auto`: the one wired adapter with a carrier; of several none is preferred,
 * since the wrong one would take the host off its network.
 *
 * @returns the uplink; or `no-adapter`, `wireless-adapter`, `not-an-adapter`, `adapter-taken`, `several-adapters`.
 */
export function chooseUplink(setting: string, bridge: string, adapters: readonly Adapter[]): Result<Uplink> {
  if (setting === 'none') return { kind: 'private', why: 'BRIDGE_UPLINK=none' };
  if (setting !== 'auto') return named(setting, bridge, adapters);
  const ready = adapters.filter((adapter) => wired(adapter) && adapter.link.carrier);
  // Ours from an earlier, unfinished `up` counts as free.
  const free = ready.filter(({ link }) => link.master === undefined || link.master === bridge);
  const [only] = free;
  if (free.length === 1 && only !== undefined) return { kind: 'adapter', name: only.link.name };
  if (free.length > 1) return networkFailure({ reason: 'several-adapters', names: free.map(({ link }) => link.name) });
  return { kind: 'private', why: whyNone(adapters, ready) };
}

function named(name: string, bridge: string, adapters: readonly Adapter[]): Result<Uplink> {
  const adapter = adapters.find(({ link }) => link.name === name);
  const others = adapters.filter(wired).map(({ link }) => link.name);
  if (adapter === undefined) return networkFailure({ reason: 'no-adapter', name, others });
  if (adapter.wireless) return networkFailure({ reason: 'wireless-adapter', name, others });
  if (adapter.link.type !== 'ether' || adapter.link.kind === 'bridge' || name === bridge) return networkFailure({ reason: 'not-an-adapter', name, others });
  const { master } = adapter.link;
  if (master !== undefined && master !== bridge) return networkFailure({ reason: 'adapter-taken', name, master, bridge });
  return { kind: 'adapter', name };
}

function whyNone(adapters: readonly Adapter[], ready: readonly Adapter[]): string {
  const [taken] = ready;
  if (taken !== undefined) return `the wired adapter ${taken.link.name} belongs to ${taken.link.master}`;
  const silent = adapters.find(wired);
  if (silent !== undefined) return `the wired adapter ${silent.link.name} ${silent.link.up ? 'has no carrier' : 'is down'}`;
  return adapters.some(({ wireless }) => wireless) ? 'there is Wi-Fi, but no wired adapter' : 'there is no wired adapter';
}
