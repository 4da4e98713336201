/** What a kernel's build depends on besides its files: make's arguments, the toolchain, the environment that Kbuild reads. */
import { realpathSync, statSync } from 'node:fs';
import { makeVariable, usesLlvm, withEnvironment } from '../../text/make-variables.ts';
import { findProgram } from '../../host/files.ts';
import { compilerCommand, linkerCommand, toolCommand } from './compiler.ts';

/** The variables that Kbuild and its Makefiles take from the environment. (Documentation/kbuild/kbuild.rst) */
const readByKbuild = /^(ARCH|SUBARCH|CROSS_COMPILE|LLVM|LLVM_IAS|LOCALVERSION|K[AC]FLAGS|KCPPFLAGS|KRUSTFLAGS|HOSTCFLAGS|HOSTLDFLAGS|KBUILD_.*|PAHOLE|PAHOLE_FLAGS|SOURCE_DATE_EPOCH)$/;

/** The programs that make the objects, by make's arguments. Pure. */
export function toolchainOf(args: readonly string[], env: Readonly<Record<string, string | undefined>>): string[] {
  const all = withEnvironment(args, env);
  const cc = compilerCommand(all).split(/\s+/).filter((word) => word !== '' && !word.startsWith('-'));
  const [ld = 'ld'] = linkerCommand(all).split(/\s+/);
  return [...new Set([
    ...cc, ld, ...(usesLlvm(all) ? [] : [toolCommand(all, 'as', '')]), makeVariable(all, 'PAHOLE') ?? 'pahole',
  ])];
}

/** One program in one line: another version, or another program of the name, gives another line. */
function programStamp(program: string): string {
  const path = findProgram(program);
  if (path === undefined) return `${program}: none`;
  try {
    const real = realpathSync(path);
    const { size, mtimeMs } = statSync(real);
    return `${program}: ${real} ${size} ${mtimeMs}`;
  } catch {
    return `${program}: ${path}`;
  }
}

interface RecipeParts {
  readonly goal: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Compilers beside that of the arguments. */
  readonly compilers?: readonly string[];
}

/** The recipe as a text: a line for make, a line for each program and variable. */
export function makeRecipe({ goal, args, env, compilers = [] }: RecipeParts): string {
  const variables = Object.keys(env).filter((key) => readByKbuild.test(key) && env[key] !== undefined).sort();
  return [
    `make ${[...args, goal].join(' ')}`,
    ...[...toolchainOf(args, env), ...compilers].map(programStamp),
    ...variables.map((key) => `${key}=${env[key] ?? ''}`),
  ].join('\n');
}

/** In words, how one recipe differs from another. Pure. */
export function recipeDifference(before: string, now: string): string | undefined {
  if (before === now) return undefined;
  const had = new Set(before.split('\n'));
  const has = new Set(now.split('\n'));
  const line = [...has].find((one) => !had.has(one)) ?? [...had].find((one) => !has.has(one)) ?? '';
  if (line.startsWith('make ')) return `make's arguments changed: ${line}`;
  const program = /^(\S+): /.exec(line)?.[1];
  if (program !== undefined) return `the toolchain changed: ${program}`;
  return `the environment changed: ${line.split('=')[0] ?? ''}`;
}
