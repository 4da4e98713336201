/** The doctor's verdicts, in the order of client-setup.md. Pure. */
import { shellQuote } from '../text/values.ts';
import type { HostFacts, TargetFact } from './facts.ts';
import { whyNoKvm } from './kvm.ts';

/** client-setup.md's sections. */
type Section = 'Prerequisites' | 'Kernel' | 'Virtual machine' | 'vido' | 'Python' | 'Host setup';

export interface Check {
  readonly section: Section;
  /** `missing`, `wrong`: `vm` does not work as it is. `note`: it works, and this is worth knowing. */
  readonly state: 'ok' | 'note' | 'missing' | 'wrong';
  readonly words: string;
  /** The command that fixes it, or leads there. */
  readonly fix?: string | undefined;
}

/** Measured with 6.1: the tree, and what a build with kernel.config adds. */
const treeBytes = 1.25 * 2 ** 30;
const buildBytes = 0.5 * 2 ** 30;
/** With room for fragments such as `debug`, and for git's history. */
const roomBytes = 5 * 2 ** 30;
/** `watch` has one instance, and a watch for each directory with inputs of a kernel: 1,568 measured. Others watch, too. */
const watchesWanted = 8192;
const instancesWanted = 64;

export function checksOf(facts: HostFacts): Check[] {
  return [
    ...prerequisites(facts),
    ...kernel(facts),
    ...machine(facts),
    ...vido(facts),
    ...python(facts),
    ...hostSetup(facts),
  ];
}

/** Whether `vm` would work. */
export function wouldWork(checks: readonly Check[]): boolean {
  return checks.every(({ state }) => state === 'ok' || state === 'note');
}

function prerequisites(facts: HostFacts): Check[] {
  const section = 'Prerequisites';
  const { needed } = facts;
  const install = facts.family === undefined ? undefined : 'npm run packages -- --install';
  const checks: Check[] = [
    { section, state: 'ok', words: `${facts.distribution}, Node ${facts.node}` },
    needed.missing.length === 0
      ? { section, state: 'ok', words: `packages: all ${needed.total} tools found${facts.versions.length === 0 ? '' : `; ${facts.versions.join(', ')}`}` }
      : { section, state: 'missing', words: `packages: missing ${needed.missing.join(', ')}`, fix: install ?? 'npm run packages   # lists them and what each is for' },
  ];
  if (facts.unequipped.length > 0) {
    checks.push({ section, state: 'note', words: `packages: not installed, for optional features: ${facts.unequipped.join(', ')}`, fix: install === undefined ? undefined : `${install} ${facts.unequipped[0]}` });
  }
  checks.push(disk(facts), ...inotify(facts.inotify), ...uplink(facts));
  return checks;
}

function disk({ repos, source, kernel: built }: HostFacts): Check {
  const section = 'Prerequisites';
  const { dir, writable, freeBytes } = repos;
  if (!writable) return { section, state: source.kind === 'fresh' ? 'note' : 'wrong', words: `${dir} is not writable${repos.own === true ? '' : ' (REPOS_DIR)'}`, fix: `ls -ld ${shellQuote(dir)}` };
  const words = `disk: ${gib(freeBytes)} free in ${dir}`;
  const least = source.kind === 'fresh' ? buildBytes : treeBytes + buildBytes;
  if (built.kind === 'fresh' || freeBytes >= roomBytes) return { section, state: 'ok', words };
  return { section, state: freeBytes < least ? 'wrong' : 'note', words: `${words}; ${source.kind === 'fresh' ? 'a build' : 'a tree and its build'} needs at least ${gib(least)}`, fix: `df -h ${shellQuote(dir)}` };
}

function inotify(limits: HostFacts['inotify']): Check[] {
  if (limits === undefined) return [];
  const section = 'Prerequisites';
  const words = `inotify: ${limits.watches} watches, ${limits.instances} instances per user`;
  const low = limits.watches < watchesWanted ? 'fs.inotify.max_user_watches=524288' : limits.instances < instancesWanted ? 'fs.inotify.max_user_instances=512' : undefined;
  return [low === undefined ? { section, state: 'ok', words } : { section, state: 'note', words: `${words}: may be too few for \`watch\``, fix: `sudo sysctl ${low}` }];
}

function uplink({ uplink: it, nics, bridge }: HostFacts): Check[] {
  const section = 'Prerequisites';
  switch (it?.kind) {
    case undefined: return [];
    case 'adapter': return [{ section, state: 'ok', words: `Ethernet: ${it.name}, ${it.manager}` }];
    case 'private': return [{ section, state: it.why.startsWith('BRIDGE_UPLINK') ? 'ok' : 'note', words: `Ethernet: ${it.why}; the bridge will be private` }];
    case 'unclear': return [{ section, state: bridge.state === 'absent' && nics.includes(bridge.name) ? 'wrong' : 'note', words: `Ethernet: ${it.words}`, fix: it.fix }];
  }
}

function kernel(facts: HostFacts): Check[] {
  const section = 'Kernel';
  const of = (name: string, fact: TargetFact): Check => {
    switch (fact.kind) {
      case 'fresh': return { section, state: 'ok', words: `${name}: ${fact.words || 'up to date'}` };
      case 'stale': return { section, state: 'note', words: `${name}: ${fact.words}`, fix: `npm run ${name}` };
      case 'unknowable': return { section, state: 'wrong', words: `${name}: ${fact.words}`, fix: fact.fix ?? `npm run ${name}` };
    }
  };
  const { obtainable, source } = facts;
  if (source.kind !== 'stale' || obtainable === undefined) {
    // What comes after a source that is wrong is not judged: one fault, one line.
    return source.kind === 'fresh' ? [of('source', source), of('config', facts.config), of('kernel', facts.kernel), ...linker(facts)] : [of('source', source)];
  }
  const unreachable = obtainable.tried.map(({ entry, why }): Check => ({ section, state: 'note', words: `source: ${entry} is unavailable: ${why}` }));
  return obtainable.entry === undefined
    ? [...unreachable, { section, state: 'missing', words: 'source: no source in KERNEL_SOURCES is available', fix: 'npm run source -- --choose   # once one of them is available' }]
    : [...unreachable, { section, state: 'note', words: `source: not downloaded yet; it will come from ${obtainable.entry}`, fix: 'npm run source' }];
}

/** Measured with ld.lld 14 and GNU ld 2.40. Its kernel is not GNU ld's, so nobody gets it unasked. */
function linker({ otherLinker }: HostFacts): Check[] {
  if (otherLinker === undefined) return [];
  const twice = Number(otherLinker.split('.')[0]) >= 15 ? '; a quick build links twice by version 15 and newer' : '';
  return [{
    section: 'Kernel', state: 'note',
    words: `link: by GNU ld; ld.lld ${otherLinker} is installed, which took 0.22 s of processor time for a vmlinux of Linux 6.12, GNU ld 0.34 s${twice}. It gives another kernel: kloop links by it where you say so`,
    fix: 'KERNEL_MAKE_ARGS=LD=ld.lld npm run kernel   # once, all of it is built again',
  }];
}

/** What a QEMU is too old for. */
interface QemuNeed {
  readonly since: readonly [major: number, minor: number];
  readonly what: string;
  /** Whether a VM of these settings cannot do without. */
  readonly blocks: (facts: HostFacts) => boolean;
  readonly fix?: string;
}

/** From the dates of QEMU's patches and its change logs; tried with 7.2 alone. */
const qemuNeeds: readonly QemuNeed[] = [
  { since: [4, 2], what: "sharing the host's file system (multidevs)", blocks: () => true },
  { since: [5, 2], what: 'an emulated processor (fsrm=off)', blocks: ({ kvm, wantedAccel }) => wantedAccel === 'tcg' || kvm.verdict !== 'works' },
  { since: [5, 2], what: 'a microvm without ACPI', blocks: ({ wantedMachine }) => wantedMachine !== 'q35', fix: 'VM_MACHINE=q35 npm run vm' },
  { since: [6, 0], what: '`vm --watchdog` (-action)', blocks: () => false },
];

function qemuCheck(facts: HostFacts, version: string): Check {
  const section = 'Virtual machine';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const lacking = qemuNeeds.filter(({ since: [m, n] }) => major < m || (major === m && minor < n));
  const words = `QEMU ${version}`;
  // vido asks for less than our launcher.
  if (lacking.length === 0 || facts.runner === 'vido') return { section, state: 'ok', words };
  const blocking = lacking.filter(({ blocks }) => blocks(facts));
  const told = blocking.length > 0 ? blocking : lacking;
  return {
    section,
    state: blocking.length > 0 ? 'wrong' : 'note',
    words: `${words}: too old for ${told.map(({ what, since }) => `${what}, since ${since.join('.')}`).join('; ')}`,
    fix: blocking.length === 0 ? undefined : blocking[0]?.fix ?? 'VM_QEMU=/path/to/a/newer/qemu-system-x86_64 npm run vm',
  };
}

function machine(facts: HostFacts): Check[] {
  const section = 'Virtual machine';
  const { qemu, kvm, wantedAccel } = facts;
  // A missing QEMU is said under the packages already, where it is one of them.
  if (qemu.version === undefined) return [{ section, state: 'missing', words: `${qemu.program} does not run (VM_QEMU)`, fix: `${shellQuote(qemu.program)} --version` }];
  return [qemuCheck(facts, qemu.version), accelCheck(section, kvm, wantedAccel)];
}

function accelCheck(section: Section, kvm: HostFacts['kvm'], wanted: HostFacts['wantedAccel']): Check {
  if (wanted === 'tcg') return { section, state: 'ok', words: 'the processor is emulated (VM_ACCEL=tcg)' };
  const { words, fix } = whyNoKvm(kvm);
  if (kvm.verdict === 'works') return { section, state: 'ok', words };
  return wanted === 'kvm'
    ? { section, state: kvm.verdict === 'missing' ? 'missing' : 'wrong', words: `VM_ACCEL=kvm, but ${words}`, fix: fix?.includes('VM_ACCEL') ? 'VM_ACCEL=auto npm run vm' : fix }
    : { section, state: 'note', words: `the processor will be emulated: ${words}`, fix };
}

function vido({ runner, vido: it }: HostFacts): Check[] {
  const section = 'vido';
  const wanted = runner === 'vido';
  if (!wanted && !it.installed) return [{ section, state: 'ok', words: 'not installed, and not needed: kloop has its own launcher' }];
  const obstacles = it.obstacles.map((words): Check => ({ section, state: wanted ? 'wrong' : 'note', words, fix: wanted ? 'VM_RUNNER=kloop npm run vm' : undefined }));
  if (!it.installed) return [{ section, state: 'note', words: `not installed yet (VM_RUNNER=vido); it will be in ${it.path}`, fix: 'npm run vido' }, ...obstacles];
  return [{ section, state: 'ok', words: `${it.path}${wanted ? '' : '; kloop uses its own launcher'}` }, ...obstacles];
}

function python({ python: found, runner }: HostFacts): Check[] {
  const section = 'Python';
  const wanted = runner === 'vido';
  if (found === undefined) return [{ section, state: wanted ? 'missing' : 'ok', words: wanted ? 'vido needs Python 3' : 'not installed, and not needed', fix: wanted ? 'npm run packages -- --install vido' : undefined }];
  if (!found.needed) return [{ section, state: 'ok', words: found.words.startsWith('not needed: ') ? `patch ${found.words}` : found.words }];
  return [{ section, state: 'note', words: found.words, fix: 'npm run python' }];
}

function hostSetup(facts: HostFacts): Check[] {
  const section = 'Host setup';
  const { bridge, nics } = facts;
  const bridges = nics.filter((nic) => nic !== 'user');
  const checks: Check[] = [bridgeCheck(section, facts, bridges)];
  for (const name of new Set(bridges)) {
    if (name !== bridge.name && !facts.bridges.includes(name)) {
      checks.push({ section, state: 'missing', words: `VM_NICS names ${name}, but there is no such bridge`, fix: `BRIDGE_NAME=${name} npm run bridge` });
    }
  }
  const wanted = bridges.length > 0;
  if ((wanted || bridge.state === 'ours') && !facts.tun) checks.push({ section, state: wanted ? 'missing' : 'note', words: 'there is no /dev/net/tun, which a NIC on a bridge needs', fix: 'sudo modprobe tun' });
  checks.push(helperCheck(section, facts, wanted));
  if (facts.bridgeNetfilter && (wanted || bridge.state === 'ours')) checks.push({ section, state: 'note', words: "bridged frames go through the host's iptables (br_netfilter)", fix: 'npm run bridge   # lets them through if the host would drop them' });
  return checks;
}

/** How an ordinary user gets a NIC on a bridge. */
function helperCheck(section: Section, { root, helper, bridge }: HostFacts, wanted: boolean): Check {
  if (root) return { section, state: 'ok', words: "QEMU's bridge helper: not needed by root" };
  if (helper.path === undefined) return { section, state: wanted ? 'missing' : 'note', words: "QEMU's bridge helper is not installed, and you are not root", fix: 'npm run packages -- --install bridge' };
  if (!helper.privileged) return { section, state: wanted ? 'wrong' : 'note', words: `${helper.path} has no permission to create NICs for you`, fix: `sudo chmod u+s ${helper.path}` };
  // `bridge` allows the one that it makes.
  if (bridge.state !== 'absent' && helper.acl.kind === 'refused') {
    const { by } = helper.acl;
    const state = wanted ? 'wrong' : 'note';
    return by === undefined
      ? { section, state, words: `/etc/qemu/bridge.conf does not allow ${bridge.name}`, fix: `echo 'allow ${bridge.name}' | sudo tee -a /etc/qemu/bridge.conf` }
      : { section, state, words: `${by.file} says '${by.text}', which does not allow ${bridge.name}`, fix: `sudoedit ${by.file}` };
  }
  return { section, state: 'ok', words: `${helper.path} creates NICs for you` };
}

function bridgeCheck(section: Section, { bridge }: HostFacts, wanted: readonly string[]): Check {
  const needed = wanted.includes(bridge.name);
  switch (bridge.state) {
    case 'absent': return needed
      ? { section, state: 'note', words: `${bridge.name} does not exist yet`, fix: 'npm run bridge' }
      : { section, state: 'ok', words: `there is no ${bridge.name}, and VM_NICS does not use it` };
    case 'foreign': return { section, state: needed ? 'note' : 'ok', words: `${bridge.name} exists, but was not made by kloop; kloop does not change it` };
    case 'ours': return bridge.faults.length > 0
      ? { section, state: 'note', words: bridge.faults.join('; '), fix: 'npm run bridge' }
      : { section, state: 'ok', words: `${bridge.name} is up${bridge.ports.length === 0 ? '' : `, with ${bridge.ports.join(', ')}`}` };
  }
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
