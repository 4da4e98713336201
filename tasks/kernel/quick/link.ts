/** The way from objects to vmlinux: the archives by their saved commands, then the kernel's own link. */
import { readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shellQuote } from '../../text/values.ts';
import { textOf, writeWhole } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import type { BuildIndex, IndexEntry } from '../inputs/index-model.ts';
import type { LinkForm } from './link-form.ts';
import { parseStep } from '../make/output.ts';
import { savedCommand } from './facts.ts';
import type { ModuleLink } from './module-link.ts';
import { someModules, type SomeModules } from './modpost.ts';
import { writePlan, type ModulePlan } from './module-plan.ts';
import { putTable } from './kallsyms.ts';
import { askFunction, needsVmlinuxObject, questionMark, shorterScript, versionCommand, versionMade } from './link-script.ts';
import { refreshed, type NewObject } from './thin-archive.ts';

interface LinkRequest {
  readonly index: BuildIndex;
  /** What was compiled: absolute paths. */
  readonly objects: readonly string[];
  readonly archives: readonly IndexEntry[];
  readonly form: LinkForm;
  /** Whether vmlinux is linked; else only modules are. */
  readonly vmlinux: boolean;
  /** Whether the kernel has modules: what a vmlinux exports may concern them. */
  readonly hasModules: boolean;
  /** How modules alone are linked; `undefined`: all are gone over. */
  readonly plan: ModulePlan | undefined;
  /** At least 1. */
  readonly jobs: number;
  /** Options that are `y`, without `CONFIG_`. */
  readonly config: ReadonlySet<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether `compileVersion` has done its part. */
  readonly hasVersion?: boolean;
  /** Where kloop's own form of the tree's script is written. */
  readonly scriptPath: string;
  readonly log: string;
  /** Locked, shared, by all that is started. */
  readonly busyFile: string;
  readonly signal: AbortSignal;
  step(verb: string, target: string): void;
  /** It waits for this: it can be started before what it links is compiled. False: it is not to be done. */
  readonly begins?: Promise<boolean> | undefined;
  /** The archives are made, and for a while nothing is asked. */
  archived?(): void;
}

interface Linked {
  readonly status: number | string;
  readonly errors: readonly string[];
}

/** The tree's script in kloop's form, and by which command it is run. */
interface Shorter {
  readonly command: string;
  /** What it makes: vmlinux; vmlinux.unstripped, where vmlinux is made from that (6.15). */
  readonly output: string;
  readonly needsVmlinuxObject: boolean;
}

/**
 * The shell's part; `undefined` where a saved command cannot be read. Without
 * `asking` it is the same steps as make has them, in make's order.
 */
export function linkScript(request: Pick<LinkRequest, 'index' | 'archives' | 'form' | 'vmlinux' | 'hasModules' | 'jobs' | 'begins'> & { readonly some?: SomeModules | undefined; readonly links?: readonly ModuleLink[] | undefined }, asking?: { shorter: Shorter | undefined }): string | undefined {
  const { tree } = request.index;
  const shorter = asking?.shorter;
  const lines = ['set -e', ...(asking === undefined ? [] : [askFunction])];
  if (request.begins !== undefined) lines.push(`kloop_ask begin || { rm -f ${Object.values(someModules).join(' ')}; exit 0; }`);
  const archived: string[] = [];
  for (const entry of request.archives) {
    const command = savedCommand(entry.path);
    if (command === undefined) return undefined;
    const target = (request.index.files[entry.target] ?? '').slice(tree.build.length + 1);
    lines.push(`echo '  ${/^\s*rm /.test(command) ? 'AR' : 'LD'}      '${shellQuote(target)}`, asking === undefined ? command : `kloop_ask archive ${shellQuote(target)} || { ${command}\n}`);
    archived.push(shellQuote(entry.path));
  }
  // A `.cmd` file is written after its command has run: its time is the proof that it has.
  if (archived.length > 0) lines.push(`touch ${archived.join(' ')}`);
  const step = (name: string) => `"$MAKE" -f "$srctree/scripts/Makefile.${name}"`;
  if (request.form === 'makefiles') {
    const [object, check, kernel] = ['vmlinux_o', 'modpost', 'vmlinux'].map(step) as [string, string, string];
    // By its time modpost sees that a module's objects are new: make itself writes it again then.
    const all = ['touch modules.order', check];
    const { some } = request;
    if (!request.vmlinux) lines.push(...(some === undefined ? all : someScript(some, all)));
    else if (shorter === undefined) lines.push(object, check, kernel);
    else {
      const output = shellQuote(shorter.output);
      // modpost reads vmlinux.o alone, and not the lists of what is built in, which that makefile makes of it besides (up to 6.16).
      const beside = `{ ${object}; } & lists=$!; checked=0; ${check} || checked=$?; wait $lists || checked=$?; exit $checked`;
      lines.push(
        ...(shorter.needsVmlinuxObject ? [`${object} vmlinux.o`, `{ ${beside}; } &`] : [`{ ${object} vmlinux.o && { ${beside}; }; } &`]),
        'checks=$!',
        // Not `( … ) || linked=$?`: there -e counts for nothing, and Kbuild's command ends with `; true` where nothing follows the link.
        'set +e', `( set -e; ${shorter.command} )`, 'linked=$?', 'set -e',
        'wait $checks',
        '[ $linked -eq 0 ] || exit $linked',
        // As of now: vmlinux.o was made beside it. Where modpost wrote new exports, make links again.
        `rm -f .${output}.d`, `touch .${output}.cmd ${output}`, kernel,
      );
    }
    if (request.hasModules) {
      const final = `${step('modfinal')} -j${request.jobs}`;
      lines.push(...(some === undefined ? [final] : finalScript(request.links, `${final} \${order:+MODORDER=$order}`)));
    }
    // Also what a run that was killed has left.
    if (request.hasModules) lines.push(`rm -f ${Object.values(someModules).join(' ')}`);
  } else {
    const command = savedCommand(join(tree.build, '.vmlinux.cmd'));
    if (command === undefined) return undefined;
    lines.push(shorter?.command ?? command, 'touch .vmlinux.cmd');
  }
  return lines.join('\n');
}

/** What they export, as it was: then nothing else changes, and `order` names them. What a modpost in vain has said, the other says again. */
function someScript({ call }: SomeModules, all: readonly string[]): string[] {
  const { order, own, made, said } = someModules;
  return [
    'order=',
    `if ${call} 2> ${said} && cmp -s ${own} ${made}; then`, `[ ! -s ${said} ] || cat ${said} >&2`, `order=${order}`, 'else', ...all, 'fi',
  ];
}

/** Where modpost came to the same, by the saved commands; what is half made has another name. */
function finalScript(links: readonly ModuleLink[] | undefined, byMake: string): string[] {
  if (links === undefined) return [byMake];
  const same = links.map(({ text, object }) => `[ ! ${shellQuote(text)} -nt ${shellQuote(object)} ]`);
  return [
    `if ${['[ -n "$order" ]', ...same].join(' && ')}; then`,
    ...links.flatMap(({ module, command, objects }) => [`echo '  LD [M]  '${shellQuote(module)}`, `${command} -o ${someModules.linked} ${objects}`, `mv ${someModules.linked} ${shellQuote(module)}`]),
    'else', byMake, 'fi',
  ];
}

/** @returns the tree's script with less to do, written where it can be run; `undefined` where there is none */
function shorten({ index, form, config, scriptPath }: LinkRequest): Shorter | undefined {
  const { tree } = index;
  const script = textOf(join(tree.source, 'scripts/link-vmlinux.sh'));
  const shorter = script === undefined ? undefined : shorterScript(script, config);
  if (script === undefined || shorter === undefined) return undefined;
  for (const output of form === 'script' ? ['vmlinux'] : ['vmlinux.unstripped', 'vmlinux']) {
    const saved = savedCommand(join(tree.build, `.${output}.cmd`));
    const called = saved === undefined ? null : /^\s*((?:\S*sh )?)\s*\S*scripts\/link-vmlinux\.sh /.exec(saved);
    if (saved === undefined || called === null) continue;
    if (textOf(scriptPath) !== shorter && isFailure(writeWhole(scriptPath, shorter))) return undefined;
    return {
      command: `${called[1] === '' ? 'sh ' : called[1] ?? ''}${shellQuote(scriptPath)} ${saved.slice(called[0].length)}`,
      output,
      needsVmlinuxObject: needsVmlinuxObject(script, config),
    };
  }
  return undefined;
}

type VersionRequest = Pick<LinkRequest, 'index' | 'env' | 'log' | 'busyFile' | 'signal' | 'step'>;

/**
 * Compiles the kernel's version and time, which no edit concerns: beside the objects, rather
 * than after them. It counts the build's number up.
 *
 * @returns whether it is done; if not, the link does it
 */
export async function compileVersion({ index: { tree }, env, log, busyFile, signal, step }: VersionRequest, processes: Pick<Processes, 'run'>): Promise<boolean> {
  const command = versionCommand(textOf(join(tree.source, 'scripts/link-vmlinux.sh')) ?? '');
  if (command === undefined) return false;
  const onLine = (line: string) => {
    const compiling = parseStep(line);
    if (compiling !== undefined) step(compiling.verb, compiling.target);
  };
  const ended = await processes.run({ argv: ['flock', '--shared', '--no-fork', busyFile, 'sh', '-c', command], cwd: tree.build, env, log, signal, onLine });
  return !isFailure(ended) && ended.status === 0;
}

export async function link(request: LinkRequest, processes: Pick<Processes, 'run'>): Promise<Result<Linked> | undefined> {
  const plan = writePlan(request.plan, request.index.tree);
  const script = linkScript({ ...request, ...plan }, { shorter: request.vmlinux ? shorten(request) : undefined });
  if (script === undefined) return undefined;
  const { tree } = request.index;
  const errors: string[] = [];
  let unasked = request.archives.length;
  let begun = request.begins === undefined;
  void request.begins?.then((yes) => { begun = yes; });
  if (unasked === 0) request.archived?.();
  const ended = await processes.run({
    argv: ['flock', '--shared', '--no-fork', request.busyFile, 'sh', '-c', script],
    cwd: tree.build,
    env: { ...request.env, ...(request.hasVersion === true ? { [versionMade]: 'y' } : {}) },
    log: request.log,
    signal: request.signal,
    answer: (line) => {
      const asked = parseQuestion(line);
      if (asked?.what === 'archive' && --unasked === 0) setImmediate(() => request.archived?.());
      return asked?.what === 'begin' ? request.begins?.then(answerOf) : asked && answer(asked, request);
    },
    onLine: (line, stream) => {
      if (stream === 'stderr') errors.push(line);
      const step = stream === 'stdout' ? parseStep(line) : undefined;
      if (step !== undefined) request.step(step.verb, step.target);
    },
  });
  if (begun && (isFailure(ended) || ended.status !== 0)) {
    // Nothing of a link that was cut off may count as made.
    for (const name of request.vmlinux ? ['vmlinux', 'vmlinux.o'] : []) rmSync(join(tree.build, name), { force: true });
    for (const entry of request.archives) rmSync(request.index.files[entry.target] ?? '', { force: true });
  }
  return isFailure(ended) ? ended : { status: ended.status, errors };
}

interface Question {
  readonly what: string | undefined;
  readonly names: readonly string[];
}

function parseQuestion(line: string): Question | undefined {
  const [mark, what, ...names] = line.split(' ');
  return mark === questionMark ? { what, names } : undefined;
}

/** What the scripts ask, done where it can be: `yes`, it is done. */
function answer({ what, names }: Question, request: LinkRequest): string {
  const paths = names.map((name) => join(request.index.tree.build, name));
  const done = what === 'archive' ? refreshArchive(paths[0] ?? '', request) : what === 'table' && putTable(...paths as [string, string, string]);
  return answerOf(done);
}

const answerOf = (yes: boolean) => (yes ? 'yes\n' : 'no\n');

function refreshArchive(path: string, { index, objects, archives }: LinkRequest): boolean {
  // Up to 5.19 the link compiles the version anew.
  const version = join(index.tree.build, 'init/version.o');
  const changed = new Map([...objects, ...archives.map(({ target }) => index.files[target] ?? ''), version].map((object): [string, NewObject] => [object, {
    get size() { return statSync(object).size; },
    read: () => readFileSync(object),
  }]));
  try {
    const archive = refreshed(readFileSync(path), dirname(path), changed);
    return archive !== undefined && !isFailure(writeWhole(path, archive, statSync(path).mode & 0o777));
  } catch {
    return false;
  }
}
