/** The compiler that Kbuild will use: found without being run, except where its version matters. */
import { realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeVariable, usesLlvm } from '../../text/make-variables.ts';
import { findProgram, readText } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure } from '../../report/failure.ts';
import { isOlder, type KernelTree } from '../source/tree.ts';

/** What the makefiles take from the environment, and the compiler's command is made from. (CC they take as an argument alone.) */
const fromEnvironment = ['LLVM', 'CROSS_COMPILE'];

/** make's arguments, after what Kbuild takes from the environment: where both name a variable, the argument counts. Pure. */
export function withEnvironment(args: readonly string[], env: Readonly<Record<string, string | undefined>>): string[] {
  return [...fromEnvironment.flatMap((name) => (env[name] === undefined ? [] : [`${name}=${env[name]}`])), ...args];
}

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

/** The program of the compiler's command: 'ccache gcc -std=gnu11' is gcc. */
function compilerProgram(args: readonly string[]): string {
  const words = compilerCommand(args).split(/\s+/).filter((word) => word !== '');
  const first = words[0] ?? 'gcc';
  return /(?:^|\/)(?:ccache|distcc|sccache)$/.test(first) ? (words[1] ?? first) : first;
}

/**
 * Whether a tree leaves the C standard open where newer ones name it: in the
 * early boot code, which does not take the flags of the rest. Fixed in 6.14
 * and in those stable trees that took the fix over; so the Makefile is read.
 */
export function leavesStandardOpen(tree: KernelTree): boolean {
  if (!isOlder(tree.version, 6, 14)) return false;
  const parts = ['arch/x86/boot/compressed/Makefile', 'arch/x86/Makefile'];
  return parts.some((part) => {
    const text = readText(join(tree.path, part));
    return !isFailure(text) && text !== undefined && !/-std=gnu\d/.test(text);
  });
}

/** What the make calls need to know of the compiler. */
export interface CompilerFacts {
  /** Set when the tree needs it: gcc 15 and newer speak C23, where `false` is a keyword. */
  readonly standard: string | undefined;
  /** One line for the person, where something is done on their behalf. */
  readonly words: string | undefined;
}

const nothing: CompilerFacts = { standard: undefined, words: undefined };

/** Asks the compiler for its version, only where the tree is old enough that it matters. */
export async function compilerFacts(args: readonly string[], tree: KernelTree, processes: Processes): Promise<CompilerFacts> {
  const command = compilerCommand(args);
  if (command.includes('-std=') || /clang/.test(command) || !leavesStandardOpen(tree)) return nothing;
  const program = compilerProgram(args);
  const asked = await processes.run({ argv: [program, '-dumpversion'], env: { LC_ALL: 'C' }, timeoutMs: 10_000 });
  if (isFailure(asked) || asked.status !== 0) return nothing; // the build will say it better
  const major = Number(/^(\d+)/.exec(asked.stdout.trim())?.[1]);
  if (!(major >= 15)) return nothing;
  return {
    standard: 'gnu11',
    words: `${program} ${asked.stdout.trim()} defaults to C23, which Linux ${tree.version.text} does not support: building with CC='${command} -std=gnu11'`,
  };
}
