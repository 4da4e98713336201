/** README.md of an evidence directory: fit to be sent to those who can tell what is wrong. Pure. */
import { splatWords, titleWords } from '../console/words.ts';
import { withoutEscapes } from '../text/escapes.ts';
import { shellQuote } from '../text/values.ts';
import type { Facts, SourceFacts } from './gather/facts.ts';
import type { Incident } from './incident.ts';
import { isKept, type Part } from './gather/parts.ts';
import { typedWords, withoutPasswords } from './secrets.ts';

/** Lines that are shown of a console, of what a command printed, of a list. */
const most = { console: 60, output: 40, outputs: 4, told: 120, list: 30, characters: 500 } as const;

export function readme(incident: Incident, facts: Facts): string {
  const { splats, decoded } = incident;
  const reports = splatWords(splats, decoded).split('\n').filter((line) => !line.startsWith('kloop: '));
  return [
    `# ${titleOf(incident)}`,
    '',
    ...paragraph([incident.what, ...(splats.length === 0 ? [] : others(incident))]),
    ...kernelLines(incident, facts),
    '',
    ...section('What the kernel reported', fenced(trimmed(reports))),
    ...section("The console's last lines", splats.length > 0 ? [] : fenced(lastLines(part(facts, /^console.*\.log$/), most.console))),
    ...section('What kloop said', fenced(firstLines(incident.told))),
    ...incident.outputs.slice(0, most.outputs).flatMap(({ of, text }) => section(`What ${of} printed last`, fenced(lastLines(text.data.toString(), most.output)))),
    ...section('Not committed', source(facts.source)),
    ...section('.config', configLines(facts)),
    ...section('Settings of kloop that were set', fenced(facts.settings.map(shortened))),
    ...section('Files', files(facts.parts)),
  ].join('\n');
}

/** For lists and subjects: the first report, or how it came out. */
export function titleOf({ splats, decoded, what }: Pick<Incident, 'splats' | 'decoded' | 'what'>): string {
  const [first] = splats;
  return shortened(first === undefined ? what : titleWords(first, decoded));
}

function others({ splats, decoded }: Incident): string[] {
  const titles = [...new Set(splats.map((splat) => titleWords(splat, decoded)))].slice(1);
  return titles.length === 0 ? [] : ['Reported as well:', ...titles.slice(0, most.list).map((title) => `- ${title}`)];
}

const paragraph = (lines: readonly string[]) => (lines.length === 0 ? [] : [...lines, '']);

function kernelLines(incident: Incident, { kernel, source, vm, kloop, host }: Facts): string[] {
  const { by, atMs, typed, command, status } = incident;
  const line = (name: string, text: string | undefined) => (text === undefined || text === '' ? [] : [`- ${name}: ${text}`]);
  return [
    ...line('Kernel', kernel.banner ?? 'its image does not name its version'),
    ...line('Build id', kernel.buildId ?? 'none is known'),
    ...kernel.notes.map((note) => `- ${note}`),
    ...line('Source', sourceWords(source)),
    ...line('VM', vm.words),
    ...line("The kernel's command line", vm.commandLine),
    ...line(by === 'check' ? 'Tests' : 'Command', `${command ?? 'a shell'}${status === undefined ? '' : typeof status === 'number' ? `, status ${status}` : `, ${status}`}`),
    ...line('Run by', `kloop ${kloop} on ${host}: ${withoutPasswords(['kloop', ...typedWords(typed).map(shellQuote)].join(' '))}`),
    ...line('When', new Date(atMs).toISOString().replace('T', ' ').replace(/\..*$/, ' UTC')),
  ].map(shortened);
}

function sourceWords(source: SourceFacts): string {
  if (source.kind === 'other') return source.why;
  const { commit, subject, branch, changed, added } = source;
  const count = changed.length + added.length;
  return `${commit} ("${subject}")${branch === undefined ? '' : `, branch ${branch}`}, ${count === 0 ? 'no uncommitted changes' : `${count} ${count === 1 ? 'file' : 'files'} changed and not committed`}`;
}

/** What is not in the source that others have. */
function source(facts: SourceFacts): string[] {
  if (facts.kind === 'other') return facts.changed === undefined ? [] : list(facts.changed, 'Changed since it was unpacked');
  return [
    ...(facts.diff === undefined ? list([...facts.changed, ...facts.added], 'Files, changed and new') : fenced(facts.diff.split('\n'), 'diff')),
    ...(facts.later.length === 0 ? [] : ['', ...list(facts.later, 'Changed after the kernel was built: what ran may not have this')]),
  ];
}

function configLines({ config }: Facts): string[] {
  if (config === undefined) return [];
  return [
    ...list(config.unmet, 'Asked for by the fragments, and otherwise'),
    ...list(config.edited ?? [], 'Edited since it was generated'),
  ];
}

function list(names: readonly string[], title: string): string[] {
  if (names.length === 0) return [];
  const more = names.length - most.list;
  return [`${title}:`, '', ...names.slice(0, most.list).map((name) => `- ${shortened(name)}`), ...(more > 0 ? [`- and ${more} more`] : []), ''];
}

function files(parts: readonly Part[]): string[] {
  return parts.map((part) => (isKept(part)
    ? `- ${part.name}: ${part.what}${part.leftOut === undefined ? '' : ` (${part.leftOut})`}`
    : `- no ${part.name} (${part.what}): ${part.why}`));
}

/** Nothing where it would be empty. */
function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, '', ...trimmed(lines), ''];
}

/** As it is, between fences longer than any in it. */
function fenced(lines: readonly string[], language = ''): string[] {
  const inner = trimmed(lines);
  if (inner.length === 0) return [];
  const longest = Math.max(2, ...inner.flatMap((line) => /^ {0,3}(`{3,})/.exec(line)?.[1]?.length ?? []));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, ...inner, fence];
}

/** Without empty lines at the end. */
function trimmed(lines: readonly string[]): string[] {
  const last = lines.findLastIndex((line) => line.trim() !== '');
  return lines.slice(0, last + 1);
}

/** Lines of a terminal or a serial port, without what moves its cursor or colours it. */
function lastLines(text: string, count: number): string[] {
  const plain = withoutEscapes(text).replaceAll(/[\r\x00]/g, '');
  return trimmed(plain.split('\n')).slice(-count).map(shortened);
}

/** The first, and how many more there are. */
function firstLines(lines: readonly string[]): string[] {
  const more = lines.length - most.told;
  return [...lines.slice(0, most.told).map(shortened), ...(more > 0 ? [`… ${more} lines more`] : [])];
}

const shortened = (line: string) => (line.length <= most.characters ? line : `${line.slice(0, most.characters)}…`);

function part({ parts }: Facts, name: RegExp): string {
  const found = parts.find((one) => isKept(one) && name.test(one.name));
  return found !== undefined && 'data' in found ? found.data.toString() : '';
}
