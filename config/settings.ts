/**
 * The settings: their schema, and how layers of text become one read-only,
 * checked value. Pure: files and the environment are read in tasks/host/.
 */
import { parseBuildHost, type BuildHost } from '../tasks/text/build-hosts.ts';
import type { NoTree, OwnTree } from './own-tree.ts';
import { nearest } from '../tasks/text/nearest.ts';
import { controlByte, homeRelative, parseDuration, parseSize, shellWords, type Parsed } from '../tasks/text/values.ts';

/** All settings, resolved once. Paths are absolute; sizes are bytes; durations are ms. */
export interface Settings {
  /** Kloop's own directory, where package.json is. Not a setting, as little as those up to the next blank line. */
  readonly projectDir: string;
  /** The tree that the person stands in or named; `undefined`: KERNEL_SOURCES decides. */
  readonly tree: OwnTree | NoTree | undefined;
  /** The build of the tree that these are the settings of; `undefined`: the one without a variant. */
  readonly variant: Variant | undefined;
  /** Where this run is at home, and relative paths start: the tree's top, or kloop's own directory. */
  readonly topDir: string;
  /** The state of what belongs to the host rather than to a tree: the same from every tree. */
  readonly hostStateDir: string;
  /** The files of settings, weakest first, whether they are there or not. */
  readonly settingsFiles: readonly string[];
  /** What says where the kernel is built, in words; `undefined` where nothing does. */
  readonly kernelBuildDirBy: string | undefined;

  readonly kernelSources: readonly string[];
  readonly reposDir: string;
  /** `undefined`: the kernel is built in its tree. */
  readonly kernelBuildDir: string | undefined;
  readonly kernelConfig: string;
  /** Names in config/fragments/, or absolute paths. */
  readonly kernelFragments: readonly string[];
  readonly kernelMakeArgs: readonly string[];
  /** The compiler: a program; `auto`: an older one that is installed, where the tree is older than gcc. `undefined`: as make has it. */
  readonly kernelCc: string | undefined;
  /** Directories of modules from outside the tree. */
  readonly kernelModules: readonly string[];
  /** Processes that compile at once; 0: as many as there are processors. */
  readonly jobs: number;
  readonly ccache: 'auto' | 'on' | 'off';
  /** Whether an edit may be built without make's descent into the tree. */
  readonly kernelFast: boolean;
  /** Other machines that compile. */
  readonly buildHosts: readonly BuildHost[];
  readonly buildWith: 'distcc' | 'icecc';
  readonly sourceTimeoutMs: number;
  readonly vmMemoryBytes: number;
  /** 0: the host's number under KVM, one under emulation. */
  readonly vmCpus: number;
  readonly vmAccel: 'auto' | 'kvm' | 'tcg';
  readonly vmMachine: 'auto' | 'microvm' | 'q35';
  readonly vmQemu: string;
  readonly vmNics: readonly string[];
  readonly vmName: string;
  /** 0: never. */
  readonly vmTimeoutMs: number;
  readonly vmBootTimeoutMs: number;
  /** How the guest gets the host's files: QEMU's 9p, or kloop's own server. */
  readonly vmFiles: 'auto' | '9p' | 'fuse';
  /** `undefined`: a share of what the user may have. */
  readonly vmFilesWatches: number | undefined;
  /** What an oops does to the VM of an interactive shell. */
  readonly vmShellOops: 'survive' | 'panic';
  /** How much cores of panicked VMs may take, one and all together; bytes. 0: none are written. */
  readonly vmCoreBytes: number;
  /** Of what passes each NIC, where that is captured. */
  readonly vmCaptureBytes: number;
  /** Titles of splats that are expected; `*` stands for any text. */
  readonly knownSplats: readonly string[];
  readonly vmMultipath: 'none' | 'subflow' | 'signal';
  readonly vmLeaseTimeoutMs: number;
  readonly bridgeName: string;
  /** `auto`, `none`, or an adapter's name. */
  readonly bridgeUplink: string;
  readonly bridgeNetfilter: 'on' | 'off' | 'leave';
  /** What boots: kloop's own launcher, or vido. */
  readonly vmRunner: 'kloop' | 'vido';
  readonly vidoSource: string;
  readonly vidoPrefix: string;
  /** Quiet for so long, and a save counts as complete. */
  readonly watchSettleMs: number;
  readonly watchRerun: 'session' | 'reboot';
  /** The control character's byte. */
  readonly watchPrefix: number;
  /** What `check` checks where nothing is named; none: what the change is about. */
  readonly checks: readonly string[];
  readonly stateDir: string;
  /** Each as it was written, and where. Not a setting; here because it is known while they are resolved. */
  readonly given: readonly GivenSetting[];
}

/** One of several builds of a tree: settings on top of the tree's, a state directory and a build directory of its own. */
interface Variant {
  readonly name: string;
  /** The settings without it. */
  readonly normal: Settings;
}

/** The state that all builds of a tree share: which source was chosen, evidence. */
export function sharedStateDir({ stateDir, variant }: Pick<Settings, 'stateDir'> & Partial<Pick<Settings, 'variant'>>): string {
  return variant?.normal.stateDir ?? stateDir;
}

/** A setting's text, in the strongest layer that has one. */
export interface GivenSetting {
  readonly key: string;
  readonly text: string;
  /** As a person calls it: '.env', 'the environment', …; undefined: nobody set it. */
  readonly layer: string | undefined;
}

/** What values' texts are parsed against. */
export interface Base {
  readonly projectDir: string;
  /** Where relative paths start; default: the project. */
  readonly topDir?: string;
  readonly home: string;
}

/** The settings that no key gives. */
type Given = 'projectDir' | 'tree' | 'variant' | 'topDir' | 'hostStateDir' | 'settingsFiles' | 'kernelBuildDirBy' | 'given';

type Parser = (text: string, base: Base) => Parsed<unknown>;
type Field = Exclude<keyof Settings, Given>;

const oneOf = (...words: string[]): Parser => (text) =>
  words.includes(text) ? { value: text } : { wrong: `expected one of ${words.join(', ')}` };
const onOff: Parser = (text) =>
  text === 'on' || text === 'off' ? { value: text === 'on' } : { wrong: 'expected on or off' };
const count = (most: number): Parser => (text) =>
  /^\d+$/.test(text) && Number(text) <= most ? { value: Number(text) } : { wrong: `expected a whole number from 0 to ${most}` };
const matching = (pattern: RegExp, expected: string): Parser => (text) =>
  pattern.test(text) ? { value: text } : { wrong: `expected ${expected}` };
const path: Parser = (text, base) =>
  text === '' ? { wrong: 'expected a path' } : { value: homeRelative(text, base.topDir ?? base.projectDir, base.home) };
const optionalPath: Parser = (text, base) => (text === '' ? { value: undefined } : path(text, base));
const commaList = (item: Parser): Parser => (text, base) => {
  const values: unknown[] = [];
  for (const word of text.split(/[\s,]+/).filter((w) => w !== '')) {
    const parsed = item(word, base);
    if ('wrong' in parsed) return { wrong: `${parsed.wrong} instead of '${word}'` };
    values.push(parsed.value);
  }
  return { value: values };
};
/** Words parted by spaces alone: a comma may be a part of one. */
const wordList = (item: (word: string) => Parsed<unknown>): Parser => (text) => {
  const values: unknown[] = [];
  for (const word of text.split(/\s+/).filter((w) => w !== '')) {
    const parsed = item(word);
    if ('wrong' in parsed) return { wrong: `${parsed.wrong} instead of '${word}'` };
    values.push(parsed.value);
  }
  return { value: values };
};
const fragment: Parser = (text, base) =>
  text.includes('/') ? path(text, base) : matching(/^[\w.-]+$/, 'a name or a path')(text, base);

/** `on`: 1 GiB. */
const coreSize: Parser = (text) => {
  if (text === 'off' || text === 'on') return { value: text === 'on' ? 2 ** 30 : 0 };
  const size = parseSize(text);
  return 'wrong' in size ? { wrong: 'expected off, on, or a size such as 4G' } : size;
};

const captureSize: Parser = (text) => {
  const size = parseSize(text);
  return 'wrong' in size || size.value >= 1 << 20 ? size : { wrong: 'expected at least 1M' };
};

/** Linux gives an interface's name 15 bytes (IFNAMSIZ less its NUL). */
const nicName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/;

/** Arguments of make that would build something else than what is booted, or elsewhere. */
function refusedMakeArg(word: string): string | undefined {
  const [, name, value] = /^(\w+)[:?+]*=(.*)$/s.exec(word) ?? [];
  if ((name === 'ARCH' || name === 'SRCARCH') && value !== 'x86' && value !== 'x86_64') return `kloop builds and boots x86_64, not ${value === '' ? 'nothing' : value}`;
  if (name === 'O' || name === 'KBUILD_OUTPUT') return `use KERNEL_BUILD_DIR instead of ${name}=`;
  return undefined;
}

/** The one table of settings: key, field, parser. `config/defaults.env` documents each. */
const schema: Readonly<Record<string, { field: Field; parse: Parser }>> = {
  KERNEL_SOURCES: {
    field: 'kernelSources',
    parse: (text) => {
      const words = shellWords(text);
      return 'wrong' in words || words.value.length > 0 ? words : { wrong: 'expected at least one source' };
    },
  },
  REPOS_DIR: { field: 'reposDir', parse: path },
  KERNEL_BUILD_DIR: { field: 'kernelBuildDir', parse: optionalPath },
  KERNEL_CONFIG: { field: 'kernelConfig', parse: path },
  KERNEL_FRAGMENTS: { field: 'kernelFragments', parse: commaList(fragment) },
  KERNEL_MAKE_ARGS: {
    field: 'kernelMakeArgs',
    parse: (text) => {
      const words = shellWords(text);
      const wrong = 'wrong' in words ? undefined : words.value.map(refusedMakeArg).find((why) => why !== undefined);
      return wrong === undefined ? words : { wrong };
    },
  },
  KERNEL_CC: {
    field: 'kernelCc',
    parse: (text) => (text === '' ? { value: undefined } : matching(/^[\w./+-]+$/, "'auto' or a compiler such as gcc-11 or clang-14")(text, { projectDir: '', home: '' })),
  },
  KERNEL_MODULES: {
    field: 'kernelModules',
    parse: (text, base) => {
      const words = shellWords(text);
      return 'wrong' in words ? words : { value: [...new Set(words.value.map((word) => homeRelative(word, base.topDir ?? base.projectDir, base.home).replace(/(?<=.)\/+$/, '')))] };
    },
  },
  JOBS: { field: 'jobs', parse: count(4096) },
  CCACHE: { field: 'ccache', parse: oneOf('auto', 'on', 'off') },
  BUILD_HOSTS: { field: 'buildHosts', parse: wordList(parseBuildHost) },
  BUILD_WITH: { field: 'buildWith', parse: oneOf('distcc', 'icecc') },
  KERNEL_FAST: { field: 'kernelFast', parse: onOff },
  SOURCE_TIMEOUT: { field: 'sourceTimeoutMs', parse: parseDuration },
  VM_MEMORY: {
    field: 'vmMemoryBytes',
    parse: (text) => {
      const size = parseSize(text);
      // Less than this, and the guest's copy-on-write layer has no room.
      return 'wrong' in size || size.value >= 64 << 20 ? size : { wrong: 'expected at least 64M' };
    },
  },
  VM_CPUS: { field: 'vmCpus', parse: count(255) },
  VM_ACCEL: { field: 'vmAccel', parse: oneOf('auto', 'kvm', 'tcg') },
  VM_MACHINE: { field: 'vmMachine', parse: oneOf('auto', 'microvm', 'q35') },
  VM_QEMU: { field: 'vmQemu', parse: matching(/./, 'a program') },
  VM_NICS: { field: 'vmNics', parse: commaList(matching(nicName, "a bridge's name or 'user'")) },
  VM_NAME: { field: 'vmName', parse: matching(/^[\w.-]{1,32}$/, 'letters, digits, dots and dashes, at most 32') },
  VM_TIMEOUT: { field: 'vmTimeoutMs', parse: parseDuration },
  VM_BOOT_TIMEOUT: { field: 'vmBootTimeoutMs', parse: parseDuration },
  VM_SHELL_OOPS: { field: 'vmShellOops', parse: oneOf('survive', 'panic') },
  VM_CORE: { field: 'vmCoreBytes', parse: coreSize },
  VM_CAPTURE_SIZE: { field: 'vmCaptureBytes', parse: captureSize },
  VM_FILES: { field: 'vmFiles', parse: oneOf('auto', '9p', 'fuse') },
  VM_FILES_WATCHES: { field: 'vmFilesWatches', parse: (text, base) => (text === 'auto' ? { value: undefined } : count(10_000_000)(text, base)) },
  KNOWN_SPLATS: { field: 'knownSplats', parse: (text) => shellWords(text) },
  VM_MULTIPATH: { field: 'vmMultipath', parse: oneOf('none', 'subflow', 'signal') },
  VM_LEASE_TIMEOUT: { field: 'vmLeaseTimeoutMs', parse: parseDuration },
  BRIDGE_NAME: { field: 'bridgeName', parse: matching(nicName, "a bridge's name, of at most 15 characters") },
  BRIDGE_UPLINK: { field: 'bridgeUplink', parse: matching(nicName, "'auto', 'none' or an adapter's name") },
  BRIDGE_NETFILTER: { field: 'bridgeNetfilter', parse: oneOf('on', 'off', 'leave') },
  VM_RUNNER: { field: 'vmRunner', parse: oneOf('kloop', 'vido') },
  VIDO_SOURCE: { field: 'vidoSource', parse: matching(/^[^-\s]/, 'something that `git clone` takes') },
  VIDO_PREFIX: { field: 'vidoPrefix', parse: path },
  WATCH_SETTLE: { field: 'watchSettleMs', parse: parseDuration },
  WATCH_RERUN: { field: 'watchRerun', parse: oneOf('session', 'reboot') },
  WATCH_PREFIX: {
    field: 'watchPrefix',
    parse: (text) => {
      const byte = controlByte(text);
      // Ctrl-M and Ctrl-J are what Enter sends, Ctrl-[ begins every arrow key.
      return byte === undefined || [0x0a, 0x0d, 0x1b].includes(byte) ? { wrong: 'expected a control character such as ^] or ^T' } : { value: byte };
    },
  },
  CHECKS: { field: 'checks', parse: shellWords },
  STATE_DIR: { field: 'stateDir', parse: path },
};

export const settingKeys: readonly string[] = Object.keys(schema);

/** One layer of texts, and how a person calls it ('.env', 'the environment', …). */
export interface Layer {
  readonly name: string;
  readonly values: Readonly<Record<string, string | undefined>>;
  /** The environment holds other programs' variables too: there an unknown key isn't ours. */
  readonly ignoreUnknown?: boolean;
  /** It holds where nobody set anything. */
  readonly isDefault?: boolean;
  /** Where its relative paths start; default: the base's. */
  readonly topDir?: string;
}

/** One thing wrong with one layer. */
export interface BadSetting {
  readonly layer: string;
  readonly key: string;
  readonly text: string;
  readonly wrong: string;
  /** The key that was probably meant. */
  readonly nearest?: string | undefined;
}

/**
 * Resolves layers, weakest first, into settings; or everything that is wrong
 * with them, all at once. A value that a stronger layer overrides is checked
 * all the same: it is wrong wherever it stands.
 */
export function resolveSettings(layers: readonly Layer[], base: Base): Settings | readonly BadSetting[] {
  const bad: BadSetting[] = [];
  const values: Record<string, unknown> = {};
  const given = new Map<string, GivenSetting>();
  for (const layer of layers) {
    for (const [key, text] of Object.entries(layer.values)) {
      if (text === undefined) continue;
      const entry = schema[key];
      if (entry === undefined) {
        if (!layer.ignoreUnknown) bad.push({ layer: layer.name, key, text, wrong: 'unknown setting', nearest: nearest(key, [...settingKeys]) });
        continue;
      }
      const parsed = entry.parse(text.trim(), layer.topDir === undefined ? base : { ...base, topDir: layer.topDir });
      if ('wrong' in parsed) bad.push({ layer: layer.name, key, text, wrong: parsed.wrong });
      else {
        values[entry.field] = parsed.value;
        given.set(key, { key, text: text.trim(), layer: layer.isDefault === true ? undefined : layer.name });
      }
    }
  }
  if (bad.length > 0) return bad;
  const { projectDir, topDir = projectDir } = base;
  const found: Pick<Settings, Given> = { projectDir, tree: undefined, variant: undefined, topDir, hostStateDir: values['stateDir'] as string, settingsFiles: [], kernelBuildDirBy: undefined, given: [...given.values()] };
  return Object.freeze({ ...values, ...found }) as unknown as Settings;
}
