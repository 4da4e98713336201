/** What of the host's firewall stands in the way of guests on a bridge. Changes nothing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure } from '../../report/failure.ts';
import type { Link } from './links.ts';
import type { HostPaths } from './paths.ts';
import { shell } from '../step.ts';
import type { Firewall } from './found.ts';

const byPolicy = (chain: string) => `the host's firewall (policy DROP of ${chain})`;

/** One shell for both: starting a process takes Node longer than it takes them to answer. What is not there says nothing. */
const rulesOfAll = "iptables -w -S 2>/dev/null; printf '\\0'; nft list chains 2>/dev/null";

/** What the firewall's programs say. */
export interface FirewallSaid {
  /** `iptables -S` and `nft list chains`; `undefined`: only root may ask. */
  readonly rules: { readonly iptables: string; readonly nft: string } | undefined;
  readonly firewalld: boolean;
}

/** Needs nothing of the host's links: it can be asked while they are looked at. */
export async function askFirewall(paths: HostPaths, processes: Processes): Promise<FirewallSaid> {
  const root = process.getuid?.() === 0;
  const output = async (argv: readonly string[]) => {
    const said = await processes.run({ argv, timeoutMs: 3000 });
    return isFailure(said) ? '' : said.stdout;
  };
  const [both, state] = await Promise.all([
    root ? output(shell(rulesOfAll)) : '',
    existsSync(join(paths.run, 'firewalld')) && findProgram('firewall-cmd') !== undefined ? output(['firewall-cmd', '--state']) : '',
  ]);
  const [iptables = '', nft = ''] = both.split('\0');
  return { rules: root ? { iptables, nft } : undefined, firewalld: state.trim() === 'running' };
}

/** Pure. An ordinary user learns of Docker by its bridge, and of ufw by its settings. */
export function firewallOf(links: readonly Link[], { rules, firewalld }: FirewallSaid, ufw: string | undefined): Firewall {
  const drops = (chain: string) => new RegExp(`^-P ${chain} DROP`, 'm').test(rules?.iptables ?? '');
  const byUfw = rules === undefined && /^ENABLED=yes/m.test(ufw ?? '') ? "the host's firewall (ufw)" : undefined;
  return {
    forwardDrop: links.some(({ name }) => name === 'docker0') ? "Docker's firewall" : drops('FORWARD') ? byPolicy('FORWARD') : byUfw,
    inputDrop: drops('INPUT') ? byPolicy('INPUT') : byUfw,
    nftDrops: nftDrops(rules?.nft ?? ''),
    firewalld,
  };
}

/**
 * Reads `nft list chains`: the chains with a policy of drop where packets come
 * in or are forwarded, but those of iptables, which lives in tables of its own
 * (`ip filter`, its chains in capitals).
 */
export function nftDrops(text: string): string[] {
  const found: string[] = [];
  let table = '';
  let chain = '';
  for (const line of text.split('\n')) {
    table = /^table (\S+ \S+) \{/.exec(line)?.[1] ?? table;
    chain = /^\s+chain (\S+) \{/.exec(line)?.[1] ?? chain;
    if (/type filter hook (?:input|forward) .*policy drop;/.test(line) && !(/^ip6? filter$/.test(table) && chain === chain.toUpperCase())) found.push(`${table} ${chain}`);
  }
  return found;
}
