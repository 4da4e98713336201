/**
 * A kernel once more with debug information, for a debugger: by the compiler's
 * `-g` alone, without another .config, so that its code is the same. It is
 * built elsewhere, and make finds the kernel's own build as it was.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Settings } from '../../../config/settings.ts';
import type { Progress } from '../../graph/target.ts';
import { fileFailure, textOf } from '../../host/files.ts';
import { takeLock } from '../../host/lock.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { interrupted } from '../../report/interrupted.ts';
import { makeVariable } from '../../text/make-variables.ts';
import { buildPlace } from '../inputs/place.ts';
import type { BuildDirs } from '../inputs/index-model.ts';
import { jobsOf, type MakeCall } from '../make/call.ts';
import { estimateSteps } from '../make/output.ts';
import { makeFailure } from '../make/reasons.ts';
import { runMake } from '../make/run.ts';
import { codeDifferences, hasDebugInfo, sameBuildNotes } from './same-code.ts';

interface DebugInfoRequest {
  /** Where the kernel was built. */
  readonly tree: BuildDirs;
  /** Its vmlinux: the tree may have been built again since. */
  readonly kernel: string;
  readonly settings: Settings;
  /** How make is called in the source, for a build in a directory; `undefined`: in the source itself. */
  readonly prepare: (build: string | undefined) => Promise<Result<MakeCall>>;
  readonly log: string;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  readonly say: (line: string) => void;
  readonly processes: Pick<Processes, 'run'>;
}

/** Makes the `lx-` commands of gdb, where the tree has them: since 4.0, without CONFIG_GDB_SCRIPTS since 5.1. */
const gdbGoal = 'scripts_gdb';

/**
 * @returns the path of a vmlinux with the tree's kernel's code, and debug
 *   information; it is kept until that kernel is another. `debug-info-differs`
 *   where what the sources now make is another kernel
 */
export async function withDebugInfo(request: DebugInfoRequest): Promise<Result<string>> {
  const { tree, settings, signal, say } = request;
  const plain = request.kernel;
  const dir = buildPlace(settings.stateDir, tree).debugInfo;
  const lock = await takeLock({ name: dir, holder: `kloop gdb --debug-info (pid ${process.pid})`, onWait: (holder) => say(`waits for ${holder}`), signal });
  if (lock === undefined) return interrupted(signal);
  try {
    const kernel = readFileSync(plain);
    if (hasDebugInfo(kernel)) return plain;
    const digest = createHash('sha256').update(kernel).digest('hex');
    const kept = join(dir, 'vmlinux');
    if (textOf(join(dir, 'of')) === digest && existsSync(kept)) return kept;
    say('builds the kernel once more, with debug information, which takes as long as all of it');
    // What a killed run had started may still be writing.
    mkdirSync(dirname(dir), { recursive: true });
    const quiet = await request.processes.run({ argv: ['flock', busyFile(dir), 'true'], signal });
    if (isFailure(quiet)) return quiet;
    rmSync(dir, { recursive: true, force: true });
    const built = await build(join(dir, 'build'), request);
    if (isFailure(built)) return built;
    const sections = codeDifferences(kernel, readFileSync(join(dir, 'build', 'vmlinux')));
    if (sections.length > 0) return makeFailure({ reason: 'debug-info-differs', tree: tree.source, sections, log: request.log });
    keep(dir);
    writeFileSync(join(dir, 'of'), digest);
    return kept;
  } catch (error) {
    return fileFailure('building a kernel with debug information', dir, error);
  } finally {
    rmSync(join(dir, 'build'), { recursive: true, force: true });
    await lock.release();
  }
}

/** Locked by make and all that it started. */
const busyFile = (dir: string) => `${dir}.busy`;

/** @param build a directory that is not there yet */
async function build(build: string, request: DebugInfoRequest): Promise<Result<unknown>> {
  const { tree, settings, processes, signal } = request;
  mkdirSync(build, { recursive: true });
  const inPlace = tree.build === tree.source;
  const call = await request.prepare(inPlace ? undefined : build);
  if (isFailure(call)) return call;
  if (inPlace) {
    // Kbuild builds a tree that was built in place nowhere else. A copy is what cannot harm it.
    const copied = await processes.run({ argv: ['cp', '-a', '--reflink=auto', '--', ...namesToCopy(tree.source), `${build}/`], cwd: tree.source, signal });
    if (isFailure(copied)) return copied;
  } else {
    copyFileSync(join(tree.build, '.config'), join(build, '.config'));
  }
  const noted = ['compile.h', 'utsversion.h'].map((name) => textOf(join(tree.build, 'include/generated', name)) ?? '').join('\n');
  const release = textOf(join(tree.build, 'include/config/kernel.release'))?.trim();
  const flags = (name: string, ...more: string[]) => [makeVariable(call.argv, name) ?? call.env[name] ?? process.env[name] ?? '', ...more].join(' ').trim();
  const args = [
    ...call.argv.slice(1),
    // The names of its sources are the tree's.
    `KCFLAGS=${flags('KCFLAGS', '-g', `-fdebug-prefix-map=${build}=${tree.source}`)}`,
    `KAFLAGS=${flags('KAFLAGS', '-g')}`,
    // As it was: the copy has no git to tell it.
    ...(release === undefined ? [] : [`KERNELRELEASE=${release}`]),
  ];
  const hasScripts = new RegExp(`^${gdbGoal}:`, 'm').test(textOf(join(tree.source, 'Makefile')) ?? '');
  return runMake({
    tree: { source: inPlace ? build : tree.source, build }, args, env: { ...call.env, ...sameBuildNotes(noted) }, goal: 'vmlinux', also: hasScripts ? [gdbGoal] : [],
    jobs: jobsOf(settings), log: request.log, busyFile: busyFile(dirname(build)), estimate: estimateSteps(textOf(join(build, '.config')) ?? ''), signal,
    // A build with the same sources has said the same.
    progress: request.progress, say: () => undefined,
  }, processes);
}

/** All but what is large, and made again: links, the kernel itself. */
const namesToCopy = (source: string): string[] => readdirSync(source).filter((name) => !/^(?:\.git|\.kloop|vmlinux.*|\.tmp_vmlinux.*)$/.test(name));

/** The kernel, and gdb's scripts, which it looks for beside it. */
function keep(dir: string): void {
  renameSync(join(dir, 'build/vmlinux'), join(dir, 'vmlinux'));
  if (!existsSync(join(dir, 'build/scripts/gdb/vmlinux-gdb.py'))) return;
  mkdirSync(join(dir, 'scripts'));
  renameSync(join(dir, 'build/scripts/gdb'), join(dir, 'scripts/gdb'));
  symlinkSync('scripts/gdb/vmlinux-gdb.py', join(dir, 'vmlinux-gdb.py'));
}
