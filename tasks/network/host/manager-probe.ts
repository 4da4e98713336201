/** Finds out which program of the host gives an adapter its addresses. Changes nothing. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isFailure } from '../../report/failure.ts';
import { findProgram, linkText, namesIn, textOf } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import type { DhcpClient, Found, Manager } from './found.ts';
import type { Link } from './links.ts';
import type { HostPaths } from './paths.ts';

const clients: readonly DhcpClient[] = ['dhcpcd', 'dhclient', 'udhcpc'];
/** What an nmcli command may take, in ms, before NetworkManager counts as absent. */
const askMs = 3000;

export async function findManager(link: Link, paths: HostPaths, processes: Processes): Promise<Manager> {
  const networkManager = await byNetworkManager(link, paths, processes);
  if (networkManager !== undefined) return networkManager;
  const running = processesOf(paths);
  return byNetworkd(link, paths, running) ?? byClient(link, running) ?? { kind: 'nobody' };
}

/** The managers that run on this host, whatever they manage. */
export async function runningManagers(paths: HostPaths, processes: Processes): Promise<Found['managers']> {
  const running = processesOf(paths);
  return [
    ...((await networkManagerRuns(paths, processes)) ? ['NetworkManager' as const] : []),
    ...(running.some(({ comm }) => comm.startsWith('systemd-network')) ? ['systemd-networkd' as const] : []),
    ...(dhcpcdForAll(running) === undefined ? [] : ['dhcpcd' as const]),
  ];
}

async function networkManagerRuns(paths: HostPaths, processes: Processes): Promise<boolean> {
  if (!existsSync(join(paths.run, 'NetworkManager')) || findProgram('nmcli') === undefined) return false;
  const said = await processes.run({ argv: ['nmcli', '-t', '-f', 'RUNNING', 'general'], timeoutMs: askMs });
  return !isFailure(said) && said.stdout.trim() === 'running';
}

/** Settings that make sense for the bridge as for the adapter; an empty one is a default, and stays one. */
const copied = ['method', 'addresses', 'gateway', 'routes', 'route-metric', 'route-table', 'dns', 'dns-search', 'dns-options', 'dns-priority', 'never-default',
  'ignore-auto-dns', 'ignore-auto-routes', 'dhcp-hostname', 'dhcp-send-hostname', 'dhcp-client-id', 'dhcp-duid', 'addr-gen-mode', 'ip6-privacy', 'token', 'may-fail'];

/** `nmcli -t connection show` gives a line for each setting: 'ipv4.dns:192.0.2.1,192.0.2.2'. */
export function profileSettings(text: string): [string, string][] {
  return text.split('\n').flatMap((line): [string, string][] => {
    const match = /^((ipv[46])\.([\w-]+)):(.*)$/.exec(line);
    const value = match?.[4] ?? '';
    if (match === null || !copied.includes(match[3] ?? '') || value === '' || value === '-1' || value === 'default') return [];
    return [[match[1] ?? '', value]];
  });
}

async function byNetworkManager(link: Link, paths: HostPaths, processes: Processes): Promise<Manager | undefined> {
  if (!(await networkManagerRuns(paths, processes))) return undefined;
  const device = await processes.run({ argv: ['nmcli', '-e', 'no', '-g', 'GENERAL.STATE,GENERAL.CON-UUID', 'device', 'show', link.name], timeoutMs: askMs });
  if (isFailure(device)) return undefined;
  const [state = '', profile = ''] = device.stdout.split('\n').map((line) => line.trim());
  // 100: activated (NMDeviceState). An adapter that it merely sees, `connected (externally)`, is not its own to move.
  if (!state.startsWith('100') || state.includes('externally') || profile === '') return undefined;
  const shownProfile = await processes.run({ argv: ['nmcli', '-e', 'no', '-t', '-f', 'ipv4,ipv6', 'connection', 'show', 'uuid', profile], timeoutMs: askMs });
  return isFailure(shownProfile) ? undefined : { kind: 'NetworkManager', profile, ip: profileSettings(shownProfile.stdout) };
}

/** networkd tells of each link in /run/systemd/netif/links/INDEX: its state, and the file that configured it. */
function byNetworkd(link: Link, paths: HostPaths, running: readonly Running[]): Manager | undefined {
  if (!running.some(({ comm }) => comm.startsWith('systemd-network'))) return undefined;
  const told = textOf(join(paths.run, 'systemd/netif/links', String(link.index))) ?? '';
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(told)?.[1] ?? '';
  if (!/^config/.test(value('ADMIN_STATE'))) return undefined;
  const files = [value('NETWORK_FILE'), ...value('NETWORK_FILE_DROPINS').split(/\s+/)].filter((path) => path !== '');
  return files.length === 0 ? undefined : { kind: 'systemd-networkd', file: files.map((path) => textOf(path) ?? '').join('\n') };
}

interface Running {
  readonly pid: number;
  readonly comm: string;
  readonly argv: readonly string[];
  readonly cgroup: string;
}

/** The DHCP clients and managers that run in our network namespace. */
function processesOf(paths: HostPaths): Running[] {
  const mine = linkText(join(paths.proc, 'self/ns/net'));
  return namesIn(paths.proc).filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    const dir = join(paths.proc, pid);
    const comm = textOf(join(dir, 'comm'))?.trim() ?? '';
    if (!clients.some((client) => comm === client) && comm !== 'busybox' && !comm.startsWith('systemd-network')) return [];
    const theirs = linkText(join(dir, 'ns/net'));
    if (theirs !== undefined && theirs !== mine) return []; // an ordinary user is not told, and takes them for ours
    const argv = (textOf(join(dir, 'cmdline')) ?? '').split('\0').filter((word) => word !== '');
    return argv.length === 0 ? [] : [{ pid: Number(pid), comm, argv, cgroup: textOf(join(dir, 'cgroup')) ?? '' }];
  });
}

/** dhcpcd overwrites its arguments: 'dhcpcd: eth0 [ip4] [ip6]' for one adapter, 'dhcpcd: [manager] …' ('[master]' before 9) for all. */
function dhcpcdForAll(running: readonly Running[]): Running | undefined {
  return running.find(({ comm, argv }) => comm === 'dhcpcd' && /^dhcpcd: \[(manager|master)\]/.test(argv.join(' ')));
}

function byClient(link: Link, running: readonly Running[]): Manager | undefined {
  for (const { pid, argv } of running) {
    const client = clients.find((name) => basename(argv[0] ?? '') === name || (basename(argv[0] ?? '') === 'busybox' && argv[1] === name));
    if (client !== undefined && client !== 'dhcpcd' && argv.includes(link.name)) return { kind: 'client', client, pid, argv };
  }
  const alone = running.find(({ comm, argv }) => comm === 'dhcpcd' && new RegExp(`^dhcpcd: ${link.name.replaceAll('.', '\\.')} `).test(argv.join(' ')));
  if (alone !== undefined) return { kind: 'client', client: 'dhcpcd', pid: alone.pid, argv: alone.argv };
  const all = dhcpcdForAll(running);
  // With an address that does not expire, it is not dhcpcd's.
  if (all === undefined || !link.addresses.some((address) => address.family === 'inet' && address.validS !== undefined)) return undefined;
  const service = /\/([\w@.-]*dhcpcd[\w@.-]*\.service)/.exec(all.cgroup)?.[1];
  return { kind: 'dhcpcd', ...(service === undefined ? {} : { service }) };
}
