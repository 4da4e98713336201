/**
 * compile_commands.json at the top of the build directory, from the commands
 * that Kbuild saved: clangd and the like know by it how each file is compiled.
 * The kernel's own script makes the same (scripts/clang-tools/gen_compile_commands.py,
 * since 5.1), when it is asked to, of a build that is whole.
 */
import { closeSync, lstatSync, openSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeIfDifferent } from '../../host/files.ts';
import { isFailure } from '../../report/failure.ts';
import { shellCommand } from './cmd-file.ts';
import type { BuildDirs, BuildIndex } from './index-model.ts';
import { isTool } from './tool-names.ts';

export const compileCommandsPath = ({ build }: Pick<BuildDirs, 'build'>): string => join(build, 'compile_commands.json');

/**
 * What gcc is told and clang does not know: clangd, which reads every command as
 * clang would, marks each file whose command has one. They say how code is made,
 * not what it means. (clangd 14 complained of each of these, and of nothing else that
 * Debian's 6.1 and 6.12 are compiled with. It cannot load gcc's plugins.)
 */
const forGccAlone = new RegExp(`(?<=\\s)-(?:${[
  'f(?:no-)?allow-store-data-races', 'f(?:no-)?conserve-stack', 'fno-var-tracking-assignments', 'femit-struct-debug-baseonly',
  'fmin-function-alignment=\\d+', 'fno-ipa-\\S+', 'fno-partial-inlining', 'fplugin=\\S+',
  'fzero-call-used-regs=\\S+', 'ftrivial-auto-var-init=\\S+', 'fstrict-flex-arrays=\\d', 'fzero-init-padding-bits=\\S+',
  'mindirect-branch(?:-register|-cs-prefix|=\\S+)', 'mfunction-return=\\S+', 'mrecord-mcount', 'mnop-mcount',
  'mpreferred-stack-boundary=\\d+', 'maccumulate-outgoing-args', 'mstack-protector-guard-symbol=\\S+',
].join('|')})(?=\\s)`, 'g');

/** The compiler's own command, of all that Kbuild ran for an object; `undefined` where no compiler read a source. Pure. */
export function compilerCommand(saved: string): string | undefined {
  const command = /^(.*?\s[^\s;|]+\.[cS])\s*(?:;|$)/.exec(shellCommand(saved))?.[1];
  if (command === undefined || command.includes(' | ')) return undefined;
  const compiler = command.split(/\s+/, 2).find((word) => basename(word) !== 'ccache') ?? '';
  return basename(compiler).includes('clang') ? command : command.replaceAll(forGccAlone, '').replaceAll(/ {2,}/g, ' ');
}

/** The file's text: an object for each source that was compiled, by name. @param savedCommand of a `.cmd` file */
function compileCommands({ tree, files, entries }: BuildIndex, savedCommand: (cmdFile: string) => string | undefined): string {
  const rows = entries.flatMap(({ path, source, target, broken }) => {
    const file = files[source];
    // What is below tools/ is compiled elsewhere than in the build directory, each part by its own makefile.
    if (broken || file === undefined || !/\.[cS]$/.test(file) || !(files[target] ?? '').endsWith('.o') || isTool(path, tree)) return [];
    const saved = savedCommand(path);
    const command = saved === undefined ? undefined : compilerCommand(saved);
    return command === undefined ? [] : [{ directory: tree.build, file, command }];
  });
  const byFile = [...new Map(rows.map((row) => [row.file, row])).values()].sort((a, b) => (a.file < b.file ? -1 : 1));
  return `[\n${byFile.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`;
}

/**
 * Writes it where it would change. One that is a symbolic link is a person's own arrangement.
 *
 * @returns why it could not be written, in words: a build is not worth less for that
 */
export function writeCompileCommands(index: BuildIndex): string | undefined {
  const path = compileCommandsPath(index.tree);
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) return undefined;
  const buffer = Buffer.alloc(16 << 10);
  const written = writeIfDifferent(path, compileCommands(index, (cmdFile) => savedCommand(cmdFile, buffer)));
  return isFailure(written) ? written.words.what : undefined;
}

/** A command and no more of its file, most of which is the list of headers. */
function savedCommand(path: string, buffer: Buffer): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return undefined; // removed meanwhile
  }
  try {
    const text = buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, 0));
    return /^\s*(?:saved)?cmd_\S+ :=(?: (.*))?\n/.exec(text)?.[1];
  } finally {
    closeSync(fd);
  }
}
