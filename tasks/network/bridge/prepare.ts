/** From settings to a plan: looks at the host, chooses the uplink, refuses what is not safe. Changes nothing. */
import { join } from 'node:path';
import type { Settings } from '../../../config/settings.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { findProgram } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { planBridge, type BridgePlan } from './plan.ts';
import { gatewaysThrough } from '../host/links.ts';
import { askFirewall } from '../host/firewall.ts';
import type { HostPaths } from '../host/paths.ts';
import { adaptersOf, findAll, resolvConf, seeNetwork } from '../host/probe.ts';
import { anyAnswers, type Gateway } from '../host/gateway.ts';
import { bootId, type BridgeRecord } from './record.ts';
import { snapshot } from './snapshot.ts';
import { isThrough, sshConnection } from '../host/ssh.ts';
import { mark } from './state.ts';
import { chooseUplink } from './uplink.ts';
import { networkFailure } from '../reasons.ts';

interface PrepareOptions {
  readonly settings: Settings;
  readonly processes: Processes;
  readonly paths: HostPaths;
  /** Go on although a session over ssh may be lost. */
  readonly force: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

interface Prepared {
  readonly plan: BridgePlan;
  readonly record: BridgeRecord;
  /** Those that answered before, and must answer after. */
  readonly gateways: readonly Gateway[];
  /** What a person should know beside the steps. */
  readonly notes: readonly string[];
}

/** How long a gateway may take to answer before anything is changed, in ms. One that does not is not waited for afterwards. */
const beforeMs = 1000;

export async function prepareUp({ settings, processes, paths, force, env, signal }: PrepareOptions): Promise<Result<Prepared>> {
  const name = settings.bridgeName;
  const [seen, firewall] = await Promise.all([seeNetwork(processes), askFirewall(paths, processes)]);
  if (isFailure(seen)) return seen;
  const uplink = chooseUplink(settings.bridgeUplink, name, adaptersOf(seen.links, paths));
  if (isFailure(uplink)) return uplink;
  const adapter = uplink.kind === 'adapter' ? seen.links.find((link) => link.name === uplink.name) : undefined;
  const notes = uplink.kind === 'private' ? [`${name} is private (${uplink.why}): it has its own DHCP and DNS, and NAT to the outside`] : [];
  const connection = sshConnection(env, process.pid, paths);
  if (adapter !== undefined && isThrough(adapter, connection)) {
    if (!force) return networkFailure({ reason: 'ssh-through-adapter', adapter: adapter.name, connection: connection ?? '' });
    notes.push(`you are connected by ssh through ${adapter.name}; the connection stalls for a moment`);
  }
  if (uplink.kind === 'private' && findProgram('dnsmasq') === undefined) {
    return networkFailure({ reason: 'bridge-program-missing', program: 'dnsmasq', packageCommand: 'npm run packages -- --install --all' });
  }
  const all = adapter === undefined ? [] : gatewaysThrough(seen.routes, adapter.name);
  const [found, answers] = await Promise.all([
    findAll(seen, firewall, adapter?.name, name, paths, processes),
    adapter !== undefined && all.length > 0 && anyAnswers({ gateways: all, dev: adapter.name, wanted: 'known', deadlineMs: beforeMs, processes, signal }),
  ]);
  const plan = planBridge(found, uplink, {
    name,
    netfilter: settings.bridgeNetfilter,
    mark: `${mark} ${settings.projectDir}`.slice(0, 200),
    runDir: join(paths.run, 'kloop', name),
    networkdDir: join(paths.run, 'systemd/network'),
  });
  if (isFailure(plan)) return plan;
  if (all.length > 0 && !answers) notes.push(`the gateway ${all[0]?.gateway} does not answer now, so kloop will not wait for it afterwards`);
  const record: BridgeRecord = {
    version: 1,
    bridge: name,
    boot: bootId(paths),
    setting: settings.bridgeUplink,
    uplink,
    before: snapshot(seen.links, seen.routes, resolvConf(paths), name),
    steps: plan.steps,
    begun: 0,
    complete: false,
  };
  return { plan, record, gateways: answers ? all : [], notes: [...notes, ...plan.notes] };
}
