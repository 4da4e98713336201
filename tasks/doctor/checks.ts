/** The doctor's verdicts, in the order of client-setup.md. Pure. */
import type { AdapterFact, HostFacts, TargetFact } from './facts.ts';

/** client-setup.md's sections. */
export type Section = 'Prerequisites' | 'Kernel' | 'Virtual machine' | 'vido' | 'Python' | 'Host setup';

export interface Check {
  readonly section: Section;
  /** `bad`: `vm` does not work as it is. `note`: it works, and this is worth knowing. */
  readonly state: 'ok' | 'note' | 'bad';
  readonly words: string;
  /** The command that mends it, or leads there. */
  readonly mend?: string | undefined;
}

/** QEMU 4.2 brought microvm (its change log); older ones boot by q35. */
const microvmSince = [4, 2] as const;
/** A tree with its objects, and room to spare: 2.5 GB measured for a small configuration of 6.1. */
const roomBytes = 5 * 2 ** 30;

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
  return checks.every((check) => check.state !== 'bad');
}

function prerequisites(facts: HostFacts): Check[] {
  const section = 'Prerequisites';
  const { needed, adapters, repos } = facts;
  const install = facts.family === undefined ? undefined : 'npm run packages -- --install';
  const checks: Check[] = [
    { section, state: 'ok', words: `${facts.distribution}, Node ${facts.node}` },
    needed.missing.length === 0
      ? { section, state: 'ok', words: `host packages: all ${needed.total} tools are here` }
      : { section, state: 'bad', words: `missing: ${needed.missing.join(', ')}`, mend: install ?? 'npm run packages   # lists them, with what each is for' },
  ];
  if (facts.unequipped.length > 0) {
    checks.push({ section, state: 'note', words: `not equipped, and not asked for: ${facts.unequipped.join(', ')}`, mend: install === undefined ? undefined : `${install} ${facts.unequipped[0]}` });
  }
  if (adapters !== undefined) checks.push(ethernet(section, adapters));
  if (!repos.writable) checks.push({ section, state: facts.source.kind === 'fresh' ? 'note' : 'bad', words: `${repos.dir} cannot be written (REPOS_DIR)`, mend: `ls -ld ${repos.dir}` });
  else if (facts.kernel.kind !== 'fresh' && repos.freeBytes < roomBytes) {
    checks.push({ section, state: 'note', words: `${gib(repos.freeBytes)} free in ${repos.dir}; a kernel with its objects wants ${gib(roomBytes)}`, mend: `df -h ${repos.dir}` });
  }
  return checks;
}

function ethernet(section: Section, adapters: readonly AdapterFact[]): Check {
  const wired = adapters.filter((adapter) => !adapter.wireless);
  const plugged = wired.filter((adapter) => adapter.carrier);
  if (plugged.length > 0) return { section, state: 'ok', words: `Ethernet: ${plugged.map(({ name }) => name).join(', ')}` };
  const why = wired.length > 0 ? `${wired.map(({ name }) => name).join(', ')} without a cable` : adapters.length > 0 ? 'only Wi-Fi, which no bridge takes' : 'no adapter';
  return { section, state: 'note', words: `Ethernet: ${why}; the bridge will be a private one` };
}

function kernel(facts: HostFacts): Check[] {
  const section = 'Kernel';
  const of = (name: string, fact: TargetFact): Check => {
    switch (fact.kind) {
      case 'fresh': return { section, state: 'ok', words: `${name}: ${fact.words || 'up to date'}` };
      case 'stale': return { section, state: 'note', words: `${name}: ${fact.words}`, mend: `npm run ${name}` };
      case 'unknowable': return { section, state: 'bad', words: `${name}: ${fact.words}`, mend: fact.mend ?? `npm run ${name}` };
    }
  };
  const { obtainable, source } = facts;
  if (source.kind !== 'stale' || obtainable === undefined) {
    // What comes after a source that is wrong is not judged: one fault, one line.
    return source.kind === 'fresh' ? [of('source', source), of('config', facts.config), of('kernel', facts.kernel)] : [of('source', source)];
  }
  const unreachable = obtainable.tried.map(({ entry, why }): Check => ({ section, state: 'note', words: `source: ${entry} cannot be had: ${why}` }));
  return obtainable.entry === undefined
    ? [...unreachable, { section, state: 'bad', words: 'source: none of KERNEL_SOURCES can be had', mend: 'npm run source -- --choose   # once one of them can' }]
    : [...unreachable, { section, state: 'note', words: `source: not here yet; it will come from ${obtainable.entry}`, mend: 'npm run source' }];
}

const kvmWords: Readonly<Record<Exclude<HostFacts['kvm'], 'works'>, string>> = {
  missing: 'there is no /dev/kvm',
  permission: 'you may not open /dev/kvm',
  aborts: '/dev/kvm is there, but QEMU ends at once when it uses it',
  hangs: '/dev/kvm is there, but a guest hangs in it',
  unknown: 'it could not be tried',
};

const kvmMend: Readonly<Record<HostFacts['kvm'], string | undefined>> = {
  works: undefined,
  missing: 'sudo modprobe kvm_intel || sudo modprobe kvm_amd',
  permission: 'sudo usermod -aG kvm "$USER"   # and log in again',
  aborts: undefined,
  hangs: undefined,
  unknown: undefined,
};

function machine(facts: HostFacts): Check[] {
  const section = 'Virtual machine';
  const { qemu, kvm, wantedAccel } = facts;
  // A missing QEMU is said under the packages already, where it is one of them.
  if (qemu.version === undefined) return [{ section, state: 'bad', words: `${qemu.program} does not run (VM_QEMU)`, mend: `${qemu.program} --version` }];
  const [major = 0, minor = 0] = qemu.version.split('.').map(Number);
  const old = major < microvmSince[0] || (major === microvmSince[0] && minor < microvmSince[1]);
  const checks: Check[] = [{ section, state: old ? 'note' : 'ok', words: `QEMU ${qemu.version}${old ? ', which has no microvm yet: VMs boot slower, by q35' : ''}` }];
  if (wantedAccel === 'tcg') checks.push({ section, state: 'ok', words: 'the processor is emulated (VM_ACCEL=tcg)' });
  else if (kvm === 'works') checks.push({ section, state: 'ok', words: 'KVM runs a guest' });
  else if (wantedAccel === 'kvm') checks.push({ section, state: 'bad', words: `VM_ACCEL=kvm, but ${kvmWords[kvm]}`, mend: kvmMend[kvm] ?? 'VM_ACCEL=auto npm run vm' });
  else checks.push({ section, state: 'note', words: `the processor will be emulated: ${kvmWords[kvm]}`, mend: kvmMend[kvm] });
  return checks;
}

function vido({ runner, vido: it }: HostFacts): Check[] {
  const section = 'vido';
  const wanted = runner === 'vido';
  if (!wanted && !it.installed) return [{ section, state: 'ok', words: "not installed, and not needed: kloop has a launcher of its own" }];
  const obstacles = it.obstacles.map((words): Check => ({ section, state: wanted ? 'bad' : 'note', words, mend: wanted ? 'VM_RUNNER=kloop npm run vm' : undefined }));
  if (!it.installed) return [{ section, state: 'note', words: `not installed yet (VM_RUNNER=vido); it goes to ${it.path}`, mend: 'npm run vido' }, ...obstacles];
  return [{ section, state: 'ok', words: `${it.path}${wanted ? '' : '; kloop boots by its own launcher'}` }, ...obstacles];
}

function python({ python: found, runner }: HostFacts): Check[] {
  const section = 'Python';
  const wanted = runner === 'vido';
  if (found === undefined) return [{ section, state: wanted ? 'bad' : 'ok', words: wanted ? 'vido needs a Python 3' : 'none, and none needed', mend: wanted ? 'npm run packages -- --install vido' : undefined }];
  if (!found.needed) return [{ section, state: 'ok', words: found.words.startsWith('not needed: ') ? `patch ${found.words}` : found.words }];
  return [{ section, state: 'note', words: found.words, mend: 'npm run python' }];
}

function hostSetup(facts: HostFacts): Check[] {
  const section = 'Host setup';
  const { bridge, nics, helper } = facts;
  const bridges = nics.filter((nic) => nic !== 'user');
  const checks: Check[] = [bridgeCheck(section, facts, bridges)];
  for (const name of new Set(bridges)) {
    if (name !== bridge.name && !facts.bridges.includes(name)) {
      checks.push({ section, state: 'bad', words: `VM_NICS names ${name}, and there is no such bridge`, mend: `BRIDGE_NAME=${name} npm run bridge` });
    }
  }
  if (bridges.length === 0 && bridge.state !== 'ours') return checks;
  const state = bridges.length > 0 ? 'bad' : 'note';
  if (!facts.tun) checks.push({ section, state, words: 'there is no /dev/net/tun, which a NIC on a bridge needs', mend: 'sudo modprobe tun' });
  if (!facts.root) {
    if (helper.path === undefined) checks.push({ section, state, words: "QEMU's bridge helper is not here, and you are not root", mend: 'npm run packages -- --install bridge' });
    else if (!helper.privileged) checks.push({ section, state, words: `${helper.path} may not make NICs for you`, mend: `sudo chmod u+s ${helper.path}` });
    else if (bridge.state !== 'absent' && !helper.allows) checks.push({ section, state, words: `/etc/qemu/bridge.conf does not allow ${bridge.name}`, mend: `echo 'allow ${bridge.name}' | sudo tee -a /etc/qemu/bridge.conf` });
  }
  if (facts.bridgeNetfilter) checks.push({ section, state: 'note', words: 'bridged frames pass the host\'s iptables (br_netfilter)', mend: 'npm run bridge   # lets them through where the host would drop them' });
  return checks;
}

function bridgeCheck(section: Section, { bridge }: HostFacts, wanted: readonly string[]): Check {
  const needed = wanted.includes(bridge.name);
  switch (bridge.state) {
    case 'absent': return needed
      ? { section, state: 'note', words: `${bridge.name} is not there yet`, mend: 'npm run bridge' }
      : { section, state: 'ok', words: `no ${bridge.name}, and VM_NICS does not ask for it` };
    case 'foreign': return { section, state: needed ? 'note' : 'ok', words: `${bridge.name} is there, and not of kloop's making; it is left as it is` };
    case 'ours': return bridge.faults.length > 0
      ? { section, state: 'note', words: bridge.faults.join('; '), mend: 'npm run bridge' }
      : { section, state: 'ok', words: `${bridge.name} is up${bridge.ports.length === 0 ? '' : `, with ${bridge.ports.join(', ')}`}` };
  }
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
