/** The arguments and the environment of every make call: one place, so that no two calls differ and nothing is compiled twice. */
import { existsSync, lstatSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import type { Settings } from '../../../config/settings.ts';
import { findProgram } from '../../host/files.ts';
import type { Result } from '../../report/failure.ts';
import { makeVariable, withEnvironment } from '../../text/make-variables.ts';
import { installedCompilers } from './choose-compiler.ts';
import { compilerCommand, compilerIdentity, hostCompilerCommand, linkerCommand } from './compiler.ts';
import type { Fix, ToolVariable } from './newer-tools.ts';
import { notHonoured } from './environment.ts';
import { kbuildRefusal } from '../source/tree.ts';
import { kernelFailure } from '../reasons.ts';
import { hostFailure } from '../../host/reasons.ts';

/** How make is called in a tree. */
export interface MakeCall {
  /** `make` and what follows, except targets and -j. */
  readonly argv: readonly string[];
  /** What the settings say of it, without what is added for newer tools. */
  readonly given: readonly string[];
  /** Where: the tree. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Lines that a person should read, once per build. */
  readonly words: readonly string[];
  /** The compilers that KERNEL_CC=auto chooses among, besides make's own: with others there the choice may be another. */
  readonly compilers: readonly string[];
  /** What is added for tools that are newer than the tree: to be read before a build by make, not at each edit. */
  readonly fixes: readonly string[];
}

type MakeSettings = Pick<Settings, 'kernelMakeArgs' | 'kernelCc' | 'kernelBuildDir' | 'ccache'>;

/** make's arguments by the settings; of two that name a variable the last counts. With `auto` the compiler is chosen before (choose-compiler.ts). */
export function settingsArgs({ kernelMakeArgs, kernelCc }: Pick<MakeSettings, 'kernelMakeArgs' | 'kernelCc'>): readonly string[] {
  return kernelCc === undefined || kernelCc === 'auto' ? kernelMakeArgs : [`CC=${kernelCc}`, `HOSTCC=${kernelCc}`, ...kernelMakeArgs];
}

/** What the host tells about making, probed before. */
export interface HostFacts {
  /** What the tools' commands get, for a tree older than they are. */
  readonly fixes: readonly Fix[];
  /** The directory with ccache's stand-ins for compilers, where it is to be used. */
  readonly ccacheDir: string | undefined;
  /** Those that `auto` chooses among; none where it is not asked to. */
  readonly compilers: readonly string[];
  /** The search path of programs. */
  readonly path: string;
  /** The caller's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The host's processor, as Node names it. */
  readonly machine: string;
}

/** Where the distributions keep ccache's stand-ins: Debian and Ubuntu, Arch, Fedora. */
const ccacheDirs = ['/usr/lib/ccache', '/usr/lib/ccache/bin', '/usr/lib64/ccache'];

/**
 * The directory of stand-ins (links named gcc, clang, … that lead to ccache). By
 * PATH rather than CC="ccache gcc": command lines stay what they are without
 * it, so a make by hand afterwards finds nothing changed.
 */
export function findCcacheDir(settings: MakeSettings, dirs: readonly string[] = ccacheDirs, env: HostFacts['env'] = process.env): string | undefined {
  if (settings.ccache === 'off') return undefined;
  const compiler = basename(compilerCommand(withEnvironment(settingsArgs(settings), env)).split(/\s/)[0] ?? 'gcc');
  return dirs.find((dir) => existsSync(join(dir, compiler)) && lstatSync(join(dir, compiler)).isSymbolicLink());
}

/**
 * Composes the call. Pure.
 *
 * The caller's environment counts as it does for make (LLVM, CROSS_COMPILE,
 * KCFLAGS, …). What would build another kernel than the one that is booted, or
 * elsewhere, is taken away, and said.
 *
 * @returns the call; or `path-refused`, where Kbuild cannot take the build directory's path.
 */
export function makeArguments(settings: MakeSettings, tree: string, facts: HostFacts): Result<MakeCall> {
  const build = settings.kernelBuildDir;
  const refusal = build === undefined ? undefined : kbuildRefusal(build);
  if (build !== undefined && refusal !== undefined) return kernelFailure({ reason: 'path-refused', path: build, why: refusal, whose: 'build' });
  const args = withEnvironment(settingsArgs(settings), facts.env);
  const fixed = (variable: ToolVariable, ...command: string[]) => {
    const flags = facts.fixes.filter((fix) => fix.variable === variable).map((fix) => fix.flags);
    return flags.length === 0 ? [] : [`${variable}=${[...command, ...flags].join(' ')}`];
  };
  return {
    argv: [
      'make',
      ...settingsArgs(settings),
      ...fixed('CC', compilerCommand(args)),
      ...fixed('HOSTCC', hostCompilerCommand(args)),
      ...fixed('LD', linkerCommand(args)),
      ...fixed('KAFLAGS', ...[makeVariable(args, 'KAFLAGS') ?? facts.env['KAFLAGS'] ?? ''].filter((flags) => flags !== '')),
      ...fixed('make-cmd'),
      ...(build === undefined ? [] : [`O=${build}`]),
    ],
    given: settingsArgs(settings),
    cwd: tree,
    env: {
      LC_ALL: 'C',
      PATH: facts.ccacheDir === undefined ? facts.path : `${facts.ccacheDir}:${facts.path}`,
      // make's own, of a make that may have called us
      MAKEFLAGS: undefined, MFLAGS: undefined, MAKELEVEL: undefined, MAKEOVERRIDES: undefined,
      // As a make by hand on this machine has it: Kbuild notes it in include/config, and another value would
      // configure again. `x86_64` is said only where the machine itself is another.
      ARCH: facts.machine === 'x64' ? undefined : 'x86_64',
      SUBARCH: undefined, SRCARCH: undefined,
      O: undefined, KBUILD_OUTPUT: undefined, KBUILD_EXTMOD: undefined, M: undefined, V: undefined, KBUILD_VERBOSE: undefined,
      KCONFIG_CONFIG: undefined, KCONFIG_ALLCONFIG: undefined, KCONFIG_SEED: undefined, KCONFIG_OVERWRITECONFIG: undefined,
    },
    compilers: facts.compilers,
    words: notHonoured(facts.env, build, tree),
    fixes: facts.fixes.map((fix) => fix.words),
  };
}

/** Probes the host for what `makeArguments` asks. Without `fixes`, as in a recipe's text, nothing is run. */
export function hostFacts(settings: MakeSettings, fixes: readonly Fix[] = []): HostFacts {
  const compilers = settings.kernelCc === 'auto' ? installedCompilers() : [];
  return { fixes, compilers, ccacheDir: findCcacheDir(settings), path: process.env['PATH'] ?? '', env: process.env, machine: process.arch };
}

/** What a build depends on besides files: arguments and the compiler's identity. ccache's presence changes no object file. */
export function toolRecipe(settings: MakeSettings): string {
  const args = withEnvironment(settingsArgs(settings), process.env);
  return JSON.stringify([args, settings.kernelBuildDir ?? '', compilerIdentity(args), ...(settings.kernelCc === 'auto' ? installedCompilers() : [])]);
}

/** CCACHE=on where there is none is a mistake that is said. */
export function ccacheMissing(settings: MakeSettings): Result<void> {
  if (settings.ccache !== 'on' || findCcacheDir(settings) !== undefined || findProgram('ccache') !== undefined) return undefined;
  return hostFailure({ reason: 'command-missing', doing: 'CCACHE=on: compiling through ccache', command: 'ccache' });
}

/** JOBS, or the number of processors. */
export function jobsOf(settings: Pick<Settings, 'jobs'>): number {
  return settings.jobs > 0 ? settings.jobs : availableParallelism();
}

/** What tells that a tree was built in place: Kbuild refuses to build it anywhere else then. (Makefile, `outputmakefile`) */
export function builtInPlace(tree: string): string | undefined {
  return ['.config', 'include/config', 'arch/x86/include/generated'].find((part) => existsSync(join(tree, part)));
}

/** Where the kernel's .config and outputs are. */
export function outputDir(settings: MakeSettings, tree: string): string {
  return settings.kernelBuildDir ?? tree;
}

