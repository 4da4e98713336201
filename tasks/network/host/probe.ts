/** Looks at the host's network, and changes nothing. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isFailure, type Result } from '../../report/failure.ts';
import { findProgram, textOf } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { aclVerdict } from './acl.ts';
import type { Adapter, Found } from './found.ts';
import { parseLinks, parseRoutes, type Link, type Route } from './links.ts';
import { firewallOf, type FirewallSaid } from './firewall.ts';
import { findManager, runningManagers } from './manager-probe.ts';
import type { HostPaths } from './paths.ts';
import { shell } from '../step.ts';
import { hostFailure } from '../../host/reasons.ts';

interface Seen {
  readonly links: readonly Link[];
  readonly routes: readonly Route[];
}

/** One shell for three questions: starting a process takes Node longer than it takes `ip` to answer. Without IPv6 in the kernel there are no routes of it. */
const questions = `ip -j -d addr show || exit
printf '\\0'; ip -j -d -4 route show table all || exit
printf '\\0'; ip -j -d -6 route show table all 2>/dev/null || :`;

/** Links, addresses and routes. */
export async function seeNetwork(processes: Processes): Promise<Result<Seen>> {
  if (!processes.has('ip')) return hostFailure({ reason: 'command-missing', doing: 'looking at the network', command: 'ip' });
  const said = await processes.runOk('looking at the network', { argv: shell(questions) });
  if (isFailure(said)) return said;
  const [links = '', v4 = '', v6 = ''] = said.stdout.split('\0').map((text) => text.trim() || '[]');
  return { links: parseLinks(links), routes: [...parseRoutes(v4, 'inet'), ...parseRoutes(v6, 'inet6')] };
}

/** What sysfs says of each link. (Documentation/ABI/testing/sysfs-class-net; `phy80211` is cfg80211's) */
export function adaptersOf(links: readonly Link[], paths: HostPaths): Adapter[] {
  return links.map((link) => {
    const dir = join(paths.sys, 'class/net', link.name);
    return {
      link,
      hardware: existsSync(join(dir, 'device')),
      wireless: existsSync(join(dir, 'phy80211')) || existsSync(join(dir, 'wireless')),
    };
  });
}

/** resolv.conf's text, wherever it is linked to. */
export function resolvConf(paths: HostPaths): string {
  return textOf(join(paths.etc, 'resolv.conf')) ?? '';
}

/** All that `planBridge` needs, for a bridge on `uplink` (none: a private one). */
export async function findAll(seen: Seen, said: FirewallSaid, uplink: string | undefined, name: string, paths: HostPaths, processes: Processes): Promise<Found> {
  const link = seen.links.find((candidate) => candidate.name === uplink);
  const programs = { nft: findProgram('nft') !== undefined, iptables: findProgram('iptables') !== undefined };
  const [manager, managers, resolved] = await Promise.all([
    link === undefined ? { kind: 'nobody' as const } : findManager(link, paths, processes),
    runningManagers(paths, processes),
    resolvedOf(link, paths, processes),
  ]);
  return {
    ...seen,
    manager,
    managers,
    acl: aclOf(join(paths.etc, 'qemu/bridge.conf'), name),
    netfilter: netfilterOf(paths),
    firewall: firewallOf(seen.links, said, textOf(join(paths.etc, 'ufw/ufw.conf'))),
    programs,
    forwarding: textOf(join(paths.proc, 'sys/net/ipv4/ip_forward'))?.trim() === '1',
    ...(resolved === undefined ? {} : { resolved }),
  };
}

function aclOf(path: string, name: string): Found['acl'] {
  const text = textOf(path);
  const stat = statSync(path, { throwIfNoEntry: false });
  return {
    path,
    exists: stat !== undefined,
    verdict: aclVerdict(name, path),
    openEnd: text !== undefined && text !== '' && !text.endsWith('\n'),
    safe: stat !== undefined && stat.uid === 0 && (stat.mode & 0o022) === 0,
    owner: `${stat?.uid ?? 0}:${stat?.gid ?? 0}`,
    mode: ((stat?.mode ?? 0o644) & 0o7777).toString(8),
  };
}

function netfilterOf(paths: HostPaths): Found['netfilter'] {
  const calls = textOf(join(paths.proc, 'sys/net/bridge/bridge-nf-call-iptables'));
  return { present: calls !== undefined, callsIptables: calls === undefined ? undefined : calls.trim() === '1' };
}

/** The adapter's own DNS servers in systemd-resolved. From its manual: `Link 2 (eth0): 192.0.2.1 …`. */
async function resolvedOf(link: Link | undefined, paths: HostPaths, processes: Processes): Promise<Found['resolved']> {
  if (link === undefined || !existsSync(join(paths.run, 'systemd/resolve')) || findProgram('resolvectl') === undefined) return undefined;
  const ask = async (what: string) => {
    const said = await processes.run({ argv: ['resolvectl', what, link.name], timeoutMs: 2000 });
    return isFailure(said) || said.status !== 0 ? [] : said.stdout.replace(/^.*?\):/, '').trim().split(/\s+/).filter((word) => word !== '');
  };
  const [servers, domains] = await Promise.all([ask('dns'), ask('domain')]);
  return { servers, domains };
}
