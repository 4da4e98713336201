/** The compiler that Kbuild will use: found without being run, except where its version matters. */
import { realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeVariable, usesLlvm } from '../../text/make-variables.ts';
import { findProgram, textOf } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure } from '../../report/failure.ts';
import type { KernelTree } from '../source/tree.ts';
import { concerned, fixesFor, type Fix, type ToolVersion, type TreeFiles } from './newer-tools.ts';

/** A tool's command as Kbuild composes it from LLVM and CROSS_COMPILE: 'x86_64-linux-gnu-gcc', 'clang-15'. */
export function toolCommand(args: readonly string[], gnu: string, llvm: string): string {
  if (!usesLlvm(args)) return `${makeVariable(args, 'CROSS_COMPILE') ?? ''}${gnu}`;
  // LLVM=/path/to/bin/ is a prefix, LLVM=-15 a suffix. (Documentation/kbuild/llvm.rst)
  const value = makeVariable(args, 'LLVM') ?? '';
  return value.endsWith('/') ? value + llvm : llvm + (value.startsWith('-') ? value : '');
}

/** The C compiler's command as Kbuild composes it. */
export function compilerCommand(args: readonly string[]): string {
  return makeVariable(args, 'CC') || toolCommand(args, 'gcc', 'clang');
}

/**
 * What tells one compiler from another without running it: the real path of
 * its program, its size and time. A compiler that is not there has an identity
 * too: the build will say it better.
 */
export function compilerIdentity(args: readonly string[]): string {
  const program = findProgram(compilerProgram(args));
  if (program === undefined) return `${compilerProgram(args)}: none`;
  const path = realpathSync(program);
  const { size, mtimeMs } = statSync(path);
  return `${path} ${size} ${Math.floor(mtimeMs)}`;
}

/** The program of the compiler's command. */
function compilerProgram(args: readonly string[]): string {
  return programOf(compilerCommand(args));
}

/** The program of a command: of 'ccache gcc -std=gnu11' it is gcc. */
export function programOf(command: string): string {
  const words = command.split(/\s+/).filter((word) => word !== '');
  const first = words[0] ?? 'gcc';
  return /(?:^|\/)(?:ccache|distcc|sccache)$/.test(first) ? (words[1] ?? first) : first;
}

/** The command of the compiler for programs that run during the build, as Kbuild composes it. CROSS_COMPILE is not for it. */
export function hostCompilerCommand(args: readonly string[]): string {
  return makeVariable(args, 'HOSTCC') || toolCommand(args.filter((arg) => !arg.startsWith('CROSS_COMPILE=')), 'gcc', 'clang');
}

/** The linker's command as Kbuild composes it. */
export function linkerCommand(args: readonly string[]): string {
  return makeVariable(args, 'LD') || toolCommand(args, 'ld', 'ld.lld');
}

/**
 * What the tools' commands get where they are newer than the tree. They are
 * asked for their versions only where the tree is so old that it matters.
 */
export async function toolFixes(args: readonly string[], tree: KernelTree, processes: Pick<Processes, 'run'>): Promise<Fix[]> {
  const files: TreeFiles = { version: tree.version, text: (path) => textOf(join(tree.path, path)) };
  const rows = concerned(files);
  if (rows.length === 0) return [];
  const [CC, HOSTCC, LD, KAFLAGS, make] = await Promise.all([
    gccVersion(compilerCommand(args), processes), gccVersion(hostCompilerCommand(args), processes), linkerVersion(linkerCommand(args), processes), assemblerVersion(args, processes), makeVersion(processes),
  ]);
  return fixesFor(rows, files, { CC, HOSTCC, LD, KAFLAGS, 'make-cmd': make });
}

/** Asks a compiler for its version. */
export async function gccVersion(command: string, processes: Pick<Processes, 'run'>): Promise<ToolVersion> {
  const program = programOf(command);
  if (program.includes('clang')) return { command, version: undefined };
  return { command, version: versionIn(await answer([program, '-dumpfullversion', '-dumpversion'], processes), /^(\d+)(?:\.(\d+))?\S*/) };
}

/** Asks a linker; one that is not GNU's has no version here. */
async function linkerVersion(command: string, processes: Pick<Processes, 'run'>): Promise<ToolVersion> {
  return { command, version: versionIn(await answer([programOf(command), '--version'], processes), /(?<=^GNU ld .* )(\d+)\.(\d+)\S*/) };
}

/** Asks the assembler; clang has its own. */
async function assemblerVersion(args: readonly string[], processes: Pick<Processes, 'run'>): Promise<ToolVersion> {
  const command = toolCommand(args, 'as', 'clang');
  return { command, version: versionIn(await answer([command, '--version'], processes), /(?<=^GNU assembler .* )(\d+)\.(\d+)\S*/) };
}

/** Asks make. */
async function makeVersion(processes: Pick<Processes, 'run'>): Promise<ToolVersion> {
  return { command: 'make', version: versionIn(await answer(['make', '--version'], processes), /(?<=^GNU Make )(\d+)\.(\d+)\S*/) };
}

/** What a program says first; nothing where it cannot be asked: the build will say it better. */
async function answer(argv: readonly string[], processes: Pick<Processes, 'run'>): Promise<string> {
  const asked = await processes.run({ argv, env: { LC_ALL: 'C' }, timeoutMs: 10_000 });
  return isFailure(asked) || asked.status !== 0 ? '' : asked.stdout.trim();
}

function versionIn(text: string, pattern: RegExp): ToolVersion['version'] {
  const found = pattern.exec(text.split('\n')[0] ?? '');
  return found === null ? undefined : { major: Number(found[1]), minor: Number(found[2] ?? 0), text: found[0] };
}
