/** Finds the facts out, side by side, and changes nothing. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { featuresFor, hostTools, toolsFor, type Feature } from '../../config/packages.ts';
import type { Settings } from '../../config/settings.ts';
import type { World } from '../graph/execute.ts';
import { makePlan, type Planned } from '../graph/plan.ts';
import { explain } from '../graph/explain.ts';
import type { Targets } from '../graph/order.ts';
import { textOf } from '../host/files.ts';
import type { Processes } from '../host/processes/process.ts';
import { patchVerdict, probePython } from '../targets/python/probe.ts';
import { missingTools, thisDistribution } from '../host/tools.ts';
import { sourceEntries } from '../kernel/source/choice.ts';
import { firstObtainable } from '../kernel/source/obtain.ts';
import { kvmVerdict } from '../machine/qemu/accelerator.ts';
import { probeVido } from '../targets/vido/probe.ts';
import { vidoObstacles } from '../targets/vido/arguments.ts';
import { aclVerdict } from '../network/host/acl.ts';
import { findBridgeHelper, mayMakeNics } from '../network/host/bridge-helper.ts';
import type { Manager } from '../network/host/found.ts';
import { findManager } from '../network/host/manager-probe.ts';
import { hostPaths } from '../network/host/paths.ts';
import { adaptersOf, seeNetwork } from '../network/host/probe.ts';
import { readRecord, recordPath } from '../network/bridge/record.ts';
import { bridgesHere, bridgeState } from '../network/bridge/state.ts';
import { chooseUplink } from '../network/bridge/uplink.ts';
import { isFailure } from '../report/failure.ts';
import { vidoClone, vidoPath } from '../targets/vido/target.ts';
import type { HostFacts, KvmFact, TargetFact, UplinkFact } from './facts.ts';

interface Probing {
  readonly settings: Settings;
  readonly processes: Processes;
  readonly world: World;
  readonly targets: Targets;
  readonly signal: AbortSignal;
  readonly short: (path: string) => string;
}

export async function probeHost(probing: Probing): Promise<HostFacts> {
  const { settings, processes } = probing;
  const uid = process.getuid?.() ?? 0;
  const path = vidoPath(settings.vidoPrefix);
  const kvm = findKvm(settings);
  const [targets, uplink, versions, otherLinker, qemu, python, kvmFact, vido] = await Promise.all([
    targetFacts(probing), findUplink(settings, processes), findVersions(processes), findOtherLinker(probing), qemuVersion(settings, processes), findPython(settings, processes), kvm,
    kvm.then(({ verdict }) => probeVido({ vido: path, clone: vidoClone(settings.reposDir), source: settings.vidoSource, qemu: settings.vmQemu, kvmWorks: verdict === 'works', processes })),
  ]);
  const distribution = thisDistribution();
  const features = featuresFor(settings, process.env);
  const needed = toolsFor(features);
  const bridge = bridgeState(settings.bridgeName, settings.bridgeUplink, readRecord(recordPath(settings.hostStateDir, settings.bridgeName)), hostPaths);
  return {
    node: process.versions.node,
    distribution: distribution.name,
    family: distribution.family,
    root: uid === 0,
    needed: { missing: missingTools(needed).map(({ name }) => name), total: needed.length },
    unequipped: unequipped(features),
    versions,
    uplink,
    inotify: inotifyLimits(),
    repos: settings.tree?.kind === 'own' ? { ...reposFact(settings.kernelBuildDir ?? settings.tree.path), own: true } : reposFact(settings.reposDir),
    ...targets,
    otherLinker,
    qemu: { program: settings.vmQemu, version: qemu },
    kvm: kvmFact,
    wantedMachine: settings.vmMachine,
    wantedAccel: settings.vmAccel,
    runner: settings.vmRunner,
    vido: { path, installed: existsSync(path), obstacles: existsSync(path) || settings.vmRunner === 'vido' ? vidoObstacles({ nics: settings.vmNics }, vido) : [] },
    python,
    nics: settings.vmNics,
    bridge: {
      name: settings.bridgeName,
      state: bridge.kind,
      faults: bridge.kind === 'ours' ? bridge.faults : [],
      ports: bridge.kind === 'ours' ? bridge.ports : [],
    },
    bridges: bridgesHere(hostPaths),
    tun: existsSync('/dev/net/tun'),
    helper: await helperFact(settings.bridgeName, processes),
    bridgeNetfilter: textOf('/proc/sys/net/bridge/bridge-nf-call-iptables')?.trim() === '1',
  };
}

/** What those want who ask for it, and kloop's own tests. */
const neverAsked: ReadonlySet<Feature> = new Set<Feature>(['python', 'vido', 'icecc', 'tests', 'network-tests']);

/** Features that lack a tool and that nobody asked for. Today no host needs to build Python for Arch. */
function unequipped(asked: ReadonlySet<Feature>): Feature[] {
  const all = [...new Set(hostTools.map(({ feature }) => feature))];
  return all.filter((feature) => !asked.has(feature) && !neverAsked.has(feature) && missingTools(toolsFor(new Set([feature]))).length > 0);
}

async function targetFacts({ settings, processes, world, targets, signal, short }: Probing): Promise<Pick<HostFacts, 'source' | 'config' | 'kernel' | 'obtainable'>> {
  const wanted = ['source', 'config', 'kernel'].filter((name) => targets.has(name));
  const planned = await makePlan(targets, wanted, world);
  const of = (name: string): TargetFact => {
    if (isFailure(planned)) return { kind: 'unknowable', words: planned.words.what };
    const row = planned.find(({ target }) => target.name === name);
    return row === undefined ? { kind: 'stale', words: 'unknown' } : targetFact(row, short);
  };
  // Judged by itself: that packages are missing says nothing about the tree.
  const source = targets.get('source');
  const key = source?.key();
  const judged = source === undefined || key === undefined || isFailure(key) ? undefined : await source.judge(world.records.read('source', key), world.look());
  const sourceFact = source === undefined || judged === undefined ? of('source')
    : targetFact({ target: source, freshness: isFailure(judged) ? { kind: 'unknowable', failure: judged } : judged }, short);
  const entries = sourceEntries(settings);
  const obtainable = sourceFact.kind !== 'stale' || isFailure(entries) ? undefined : await firstObtainable({ settings, entries, processes, signal });
  return { source: sourceFact, config: of('config'), kernel: of('kernel'), obtainable };
}

function targetFact({ freshness }: Planned, short: (path: string) => string): TargetFact {
  switch (freshness.kind) {
    case 'fresh': return { kind: 'fresh', words: freshness.note ?? '' };
    case 'stale': return { kind: 'stale', words: explain(freshness.reason, short) };
    case 'after': return { kind: 'stale', words: `decided after ${freshness.needs.join(', ')}` };
    case 'unknowable': {
      const { what, fix } = freshness.failure.words;
      return { kind: 'unknowable', words: what, fix: fix?.[0] };
    }
  }
}

async function findUplink(settings: Settings, processes: Processes): Promise<UplinkFact | undefined> {
  const seen = await seeNetwork(processes);
  if (isFailure(seen)) return undefined;
  const uplink = chooseUplink(settings.bridgeUplink, settings.bridgeName, adaptersOf(seen.links, hostPaths));
  if (isFailure(uplink)) {
    const { what, fix } = uplink.words;
    return { kind: 'unclear', words: what, fix: fix?.[0] };
  }
  const link = uplink.kind === 'adapter' ? seen.links.find(({ name }) => name === uplink.name) : undefined;
  if (uplink.kind === 'private' || link === undefined) return uplink.kind === 'private' ? uplink : undefined;
  return { kind: 'adapter', name: link.name, manager: keptBy(await findManager(link, hostPaths, processes)) };
}

function keptBy(manager: Manager): string {
  switch (manager.kind) {
    case 'NetworkManager':
    case 'systemd-networkd':
    case 'dhcpcd': return `managed by ${manager.kind}`;
    case 'client': return `managed by ${manager.client}`;
    case 'nobody': return 'configured at boot or by hand';
  }
}

/** 'gcc 12.2.0' of each that is here: the number that ends the first line of its --version, less the distribution's own. */
async function findVersions(processes: Processes): Promise<string[]> {
  const asked = await Promise.all(['gcc', 'ld', 'make'].filter((name) => processes.has(name)).map(async (name) => {
    const said = await processes.run({ argv: [name, '--version'], timeoutMs: 10_000, env: { LC_ALL: 'C' } });
    const version = isFailure(said) ? undefined : /(?<=\s)\d+(?:\.\d+)+(?=[^()]*$)/.exec(said.stdout.split('\n')[0] ?? '')?.[0];
    return version === undefined ? [] : [`${name} ${version}`];
  }));
  return asked.flat();
}

async function findOtherLinker({ targets, processes }: Probing): Promise<string | undefined> {
  const build = targets.get('kernel')?.key();
  if (build === undefined || isFailure(build) || !processes.has('ld.lld')) return undefined;
  if (!/^CONFIG_LD_IS_BFD=y$/m.test(textOf(join(build, '.config')) ?? '')) return undefined;
  const said = await processes.run({ argv: ['ld.lld', '--version'], timeoutMs: 10_000, env: { LC_ALL: 'C' } });
  return isFailure(said) ? undefined : /LLD (\d+(?:\.\d+)+)/.exec(said.stdout)?.[1];
}

function inotifyLimits(): HostFacts['inotify'] {
  const limit = (name: string) => Number(textOf(`/proc/sys/fs/inotify/${name}`) ?? Number.NaN);
  const [watches, instances] = [limit('max_user_watches'), limit('max_user_instances')];
  return Number.isNaN(watches) || Number.isNaN(instances) ? undefined : { watches, instances };
}

async function qemuVersion(settings: Settings, processes: Processes): Promise<string | undefined> {
  const said = await processes.run({ argv: [settings.vmQemu, '--version'], timeoutMs: 10_000 });
  return isFailure(said) || said.status !== 0 ? undefined : /version (\d+(?:\.\d+)+)/.exec(said.stdout)?.[1];
}

async function findPython(settings: Settings, processes: Processes): Promise<HostFacts['python']> {
  const found = await probePython(processes, join(settings.projectDir, 'python-patch'));
  return isFailure(found) ? undefined : patchVerdict(found);
}

async function findKvm(settings: Settings): Promise<KvmFact> {
  const judged = await kvmVerdict({ qemu: settings.vmQemu, stateDir: settings.stateDir });
  const flags = new Set(/^flags\s*:(.*)$/m.exec(textOf('/proc/cpuinfo') ?? '')?.[1]?.split(' '));
  const extension = flags.has('vmx') ? 'vmx' : flags.has('svm') ? 'svm' : undefined;
  const device = statSync('/dev/kvm', { throwIfNoEntry: false });
  const groups = (textOf('/etc/group') ?? '').split('\n').map((line) => line.split(':'));
  const group = device === undefined || device.gid === 0 || (device.mode & 0o060) !== 0o060 ? undefined : groups.find(([, , gid]) => gid === String(device.gid));
  return {
    verdict: isFailure(judged) ? 'unknown' : judged.kvm,
    said: isFailure(judged) ? undefined : judged.said?.at(-1),
    extension,
    module: extension !== undefined && existsSync(extension === 'vmx' ? '/sys/module/kvm_intel' : '/sys/module/kvm_amd'),
    virtual: flags.has('hypervisor'),
    group: group?.[0],
    member: group?.[3]?.split(',').includes(userInfo().username) ?? false,
  };
}

/** The directory, or the nearest of its parents that is there. */
function reposFact(dir: string): HostFacts['repos'] {
  let at = dir;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  const { bavail, bsize } = statfsSync(at);
  try {
    accessSync(at, constants.W_OK);
    return { dir, writable: true, freeBytes: bavail * bsize };
  } catch {
    return { dir, writable: false, freeBytes: bavail * bsize };
  }
}

async function helperFact(bridge: string, processes: Processes): Promise<HostFacts['helper']> {
  const path = findBridgeHelper();
  return {
    path,
    privileged: path !== undefined && (await mayMakeNics(path, processes)),
    acl: aclVerdict(bridge, join(hostPaths.etc, 'qemu/bridge.conf')),
  };
}
