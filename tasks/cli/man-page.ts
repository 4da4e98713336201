/** The manual page, made from what commands and settings are declared in. Pure. (man(7)) */
import { byName } from './as-typed.ts';
import { commonOptions, type CommandSpec, type OptionSpec } from './spec.ts';

/** A setting as config/defaults.env documents it. */
interface DocumentedSetting {
  readonly key: string;
  readonly value: string;
  /** The heading that it stands below. */
  readonly section: string;
  readonly text: string;
}

/** Reads config/defaults.env: each setting with the comment above it. */
export function documentedSettings(defaults: string): DocumentedSetting[] {
  const settings: DocumentedSetting[] = [];
  let section = '';
  let comment: string[] = [];
  for (const line of defaults.split('\n')) {
    const heading = /^# --- (.+?) -+$/.exec(line)?.[1];
    const [, key, value = ''] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
    if (heading !== undefined) section = heading;
    else if (line.startsWith('#')) comment.push(line.replace(/^# ?/, ''));
    if (key !== undefined) settings.push({ key, value, section, text: comment.join(' ') });
    if (!line.startsWith('#') || heading !== undefined) comment = [];
  }
  return settings;
}

interface ManPage {
  readonly specs: readonly CommandSpec[];
  readonly settings: readonly DocumentedSetting[];
  readonly version: string;
}

export function manPage({ specs, settings, version }: ManPage): string {
  const sections = [...new Set(settings.map(({ section }) => section))];
  return [
    `.TH KLOOP 1 "" "kloop ${version}" "User Commands"`,
    '.SH NAME', plain('kloop - from an edit to a shell in the edited kernel, and round again').replace(' - ', ' \\- '),
    '.SH SYNOPSIS', `.B kloop`, `.I command`, plain('[options] [-- guest command ...]'),
    '.SH DESCRIPTION', ...description.flatMap((text) => ['.PP', plain(text)]),
    '.SH COMMANDS', ...specs.flatMap(command),
    '.SH OPTIONS OF ALL COMMANDS', ...commonOptions.flatMap(option),
    '.SH SETTINGS', ...settingsIntroduction.flatMap((text) => ['.PP', plain(text)]),
    ...sections.flatMap((section) => [`.SS ${quoted(section)}`, ...settings.filter((one) => one.section === section).flatMap(setting)]),
    '.SH EXIT STATUS', ...exitStatuses.flatMap(([status, meaning]) => ['.TP', `.B ${status}`, plain(meaning)]),
    '.SH FILES', ...files.flatMap(([path, meaning]) => ['.TP', `.I ${plain(path)}`, plain(meaning)]),
    '',
  ].join('\n');
}

const description = [
  'kloop builds the kernel tree that you stand in, as it is, and boots it in QEMU on a copy-on-write view of your own file system. Your programs and files are there, and nothing that the guest does changes them. The next run rebuilds only what changed.',
  'The tree is the one around the working directory, or the one that a build directory (make O=) there belongs to; --tree names another. Its .config, its build directory and the toolchain of the environment (LLVM, CROSS_COMPILE, KCFLAGS) are used as make uses them. A .config that you made or edited is kept: what the VM needs and it lacks is named, and set by "kloop config --add-missing" alone.',
  'Outside a tree, kloop gets a kernel source by KERNEL_SOURCES. "kloop plan" says which tree is meant, and why.',
];

const settingsIntroduction = [
  'Settings are lines KEY=value. Weakest first: the defaults, your file for all trees, the file of the tree, the files of the variant, the environment, the options of the command line. A relative path starts at the top of the tree.',
  'A variant (--variant NAME) is another build of the same tree, in a build directory and a state directory of its own. In its files ${KEY} is what is set without it: KERNEL_FRAGMENTS=${KERNEL_FRAGMENTS},kasan. A tree that was built in place cannot be built elsewhere as well; kloop says what clears the way. kloop has debug (lockdep, KASAN, kmemleak), btf, clang and tiny.',
];

const exitStatuses: readonly (readonly [status: string, meaning: string])[] = [
  ['the status of the command', 'in the guest, where it ran to its end; 0 for a shell'],
  ['1', 'doctor, check, each, vm --strict: something is wrong, a test failed, a commit is broken, the kernel complained; bisect: it is one of several commits that cannot be tested'],
  ['124', 'it ran out of time'],
  ['125', 'kloop itself failed'],
  ['255', 'the VM was lost: panic, crash, or a boot that hung'],
];

const files: readonly (readonly [path: string, meaning: string])[] = [
  ['~/.config/kloop/env', 'your settings, for all trees ($XDG_CONFIG_HOME/kloop/env)'],
  ['.kloop/env', 'settings of the tree, at its top'],
  ['.kloop/NAME.env', 'settings of its variant NAME; ~/.config/kloop/NAME.env for all trees'],
  ['.kloop/', 'what kloop keeps of the tree: records, logs, the guest\'s init. For a tree that is not yours to write to it is in ~/.local/state/kloop/trees ($XDG_STATE_HOME/kloop)'],
];

function command(spec: CommandSpec): string[] {
  const operands = (spec.operands ?? []).map((one) => ` [${one.name}${one.several === true ? ' ...' : ''}]`).join('');
  return [
    `.SS ${quoted(`kloop ${spec.name} [options]${operands}${spec.guestCommand === undefined ? '' : ' [-- command ...]'}`)}`,
    plain(spec.summary),
    ...(spec.operands ?? []).flatMap((one) => ['.TP', `.I ${plain(one.name)}`, plain(one.choices === undefined ? one.summary : `${one.summary}: ${one.choices.join(', ')}`)]),
    ...(spec.guestCommand === undefined ? [] : ['.TP', plain('-- command ...'), plain(spec.guestCommand)]),
    ...spec.options.flatMap(option),
    ...(spec.examples.length === 0 ? [] : ['.PP', 'Examples:', ...spec.examples.flatMap(([line, meaning]) => ['.TP', plain(byName(`npm run ${line}`)), plain(byName(meaning))])]),
  ];
}

function option({ flags, summary, setting: by }: OptionSpec): string[] {
  const setting = by === undefined ? '' : ` (${by.key}${by.value === undefined ? '' : `=${by.value}`})`;
  return ['.TP', `.B ${plain(flags)}`, plain(`${summary}${setting}`)];
}

const setting = ({ key, value, text }: DocumentedSetting): string[] => ['.TP', `.B ${plain(`${key}=${value}`)}`, plain(byName(text))];

/** Text as roff has it: nothing in it is a request or an escape, and a dash is one that can be copied. */
function plain(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('…', '...').replaceAll('`', '\\(ga').replaceAll('~', '\\(ti').replaceAll('^', '\\(ha').replaceAll("'", '\\(aq').replace(/^\./, '\\&.');
}

/** One argument of a request. */
const quoted = (text: string): string => `"${plain(text).replaceAll('"', '\\(dq')}"`;
