/**
 * Kbuild's `.cmd` files, parsed. Beside each file that Kbuild makes it leaves
 * one that says by which command, and from which files. Pure.
 *
 * Read from scripts/basic/fixdep.c and scripts/Kbuild.include of 4.1, 5.4,
 * 6.1 and 6.12; tools/build leaves the same form. `cmd_` became `savedcmd_`
 * in 6.3.
 */
import { basename } from 'node:path';

/** What one `.cmd` file says. Paths are as they stand in it: relative to the build directory, or absolute. */
export interface CmdFile {
  readonly target: string;
  /** As saved, make's escapes included: `shellCommand` takes them out. */
  readonly command: string;
  /** The file that was compiled; only a command whose dependencies were traced has one. */
  readonly source: string | undefined;
  /** The files that were read, the source not among them. Configuration symbols (`$(wildcard …)`) are left out. */
  readonly deps: readonly string[];
  /** Lines besides: objtool as a dependency, versions of exported symbols. */
  readonly extra: readonly string[];
}

/** `broken`: written in part, by a build that was killed. `foreign`: no file of Kbuild's. */
type ParsedCmd = CmdFile | 'broken' | 'foreign';

const head = /^(?:saved)?cmd_(\S+) :=(?: (.*))?$/;

/**
 * What tools/build writes for its own fixdep, which is not there yet: the
 * compiler's list as it is. By which name the list calls the object is the
 * compiler's affair: with ccache, which keeps lists, not always the one that
 * -MT asks for. (tools/build/Build.include of 6.1)
 */
const basic = /^# cannot find fixdep [^\n]*\n# using basic dep data\n/;

function parseBasic(text: string): ParsedCmd {
  const saved = /^cmd_(\S+) := (.*)\n/m.exec(text);
  if (saved === null) return 'broken';
  const [target, command] = [saved[1] ?? '', saved[2] ?? ''];
  const rules = text.slice(0, saved.index).replaceAll('\\\n', ' ').split('\n');
  const list = rules.map((line) => /^(\S+): *(.*\S)/.exec(line)).find((rule) => basename(rule?.[1] ?? '') === basename(target))?.[2];
  if (list === undefined) return 'broken';
  const [source, ...deps] = list.split(/\s+/);
  return { target, command, source, deps, extra: [] };
}

export function parseCmdFile(text: string): ParsedCmd {
  if (basic.test(text)) return parseBasic(text);
  // fixdep begins with an empty line in trees before 4.4.
  const start = /^\s*/.exec(text)?.[0].length ?? 0;
  if (start === text.length) return 'broken';
  const firstEnd = text.indexOf('\n', start);
  const first = head.exec(text.slice(start, firstEnd < 0 ? text.length : firstEnd));
  if (first === null) return text.startsWith('cmd_', start) || text.startsWith('savedcmd_', start) ? 'broken' : 'foreign';
  if (firstEnd < 0) return 'broken';
  const target = first[1] ?? '';

  let source: string | undefined;
  let tracing = false;
  let closed = false;
  const deps: string[] = [];
  const extra: string[] = [];
  // By hand rather than by split(): there are 50 MB of these files in a tree.
  for (let at = firstEnd + 1; at < text.length;) {
    const end = text.indexOf('\n', at);
    if (end < 0) return 'broken';
    if (text.startsWith('  ', at)) {
      if (text.charCodeAt(at + 2) !== 36 /* $ */ && text.charCodeAt(at + 2) !== 32 && text.endsWith(' \\', end)) {
        deps.push(text.slice(at + 2, end - 2));
      }
    } else if (end > at) {
      const line = text.slice(at, end);
      if (line === `source_${target} := ${line.slice(target.length + 11)}`) source = line.slice(target.length + 11);
      else if (line.startsWith(`deps_${target} :=`)) tracing = true;
      else if (line === `$(deps_${target}):`) closed = true;
      else if (line !== `${target}: $(deps_${target})`) extra.push(line);
    }
    at = end + 1;
  }
  // A compiler that was told to trace, and no trace: cut off after the command.
  if ((source !== undefined || tracing || traces(first[2] ?? '')) && !closed) return 'broken';
  return { target, command: first[2] ?? '', source, deps, extra };
}

/** Whether a command leaves a trace of what it read. Up to 5.8 lib-ksyms.o is compiled from a pipe, and its trace is thrown away. (scripts/Makefile.build of 4.19) */
function traces(command: string): boolean {
  return /-Wp,-MM?D,/.test(command) && !/\|[^|;]*-Wp,-MM?D,/.test(command);
}

/** The command as a shell runs it: make's own escapes (`$$`, `$(pound)`, `\#`) resolved. */
export function shellCommand(command: string): string {
  return command.replaceAll('$(pound)', '#').replaceAll('\\#', '#').replaceAll('$$', '$');
}

/** The `.cmd` file of a target: `init/main.o` has `init/.main.o.cmd`. */
export function cmdPathOf(target: string): string {
  const cut = target.lastIndexOf('/') + 1;
  return `${target.slice(0, cut)}.${target.slice(cut)}.cmd`;
}

/**
 * The words of a command that may be files it reads. Where Kbuild traces no
 * dependencies (an archive, a script that makes a header), only the command
 * names them; since 5.19 archives do it by way of `printf "dir/%s "`.
 */
export function wordsOf(command: string): string[] {
  const isFile = (word: string) => /^[\w./@%+-]+$/.test(word) && !word.startsWith('-') && /[./]/.test(word) && !word.includes('%') && !word.endsWith('.cmd');
  const found: string[] = [];
  const rest = command.replaceAll(/printf "([^"% ]*)%s " ([^|;]*)\|/g, (_, prefix: string, words: string) => {
    found.push(...words.split(/\s+/).filter(isFile).map((word) => prefix + word));
    return '';
  });
  found.push(...rest.split(/[\s;|<>()"'`]+/).filter(isFile));
  return found;
}
