/** How what a target made is removed. What a person wrote stays, and is a failure that names it. */
import { existsSync, promises, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Settings } from '../../config/settings.ts';
import type { World } from '../graph/execute.ts';
import type { Processes } from '../host/processes/process.ts';
import { fileFailure } from '../host/files.ts';
import { outputDir } from '../kernel/make/call.ts';
import { prepareMake } from '../kernel/config/generate.ts';
import { copiesDir, whoseConfig } from '../kernel/config/ownership.ts';
import { buildPlace } from '../kernel/inputs/place.ts';
import { isUnder } from '../kernel/inputs/index-model.ts';
import { chosenTree } from '../kernel/source/choice.ts';
import { cleanSource } from '../kernel/clean/source.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { interrupted } from '../report/interrupted.ts';
import { allTargets } from './index.ts';
import { targetFailure } from './reasons.ts';
import { kernelFailure } from '../kernel/reasons.ts';

interface CleanRequest {
  readonly settings: Settings;
  readonly processes: Processes;
  readonly world: World;
  readonly signal: AbortSignal;
  /** Tells a person of a wait. */
  readonly say: (line: string) => void;
}

/** @returns what was removed, as paths; empty where there was nothing */
type Cleaner = (request: CleanRequest) => Promise<Result<string[]>>;

export const cleaners: Readonly<Record<string, Cleaner>> = {
  kernel: cleanKernel,
  config: cleanConfig,
  source: (request) => withoutBuilds(request, () => cleanSource(request)),
};

/**
 * What make made, by its own `clean`: the .config stays, and what the kernel
 * is built from. The build directory of KERNEL_BUILD_DIR is left standing, for
 * its .config.
 */
function cleanKernel(request: CleanRequest): Promise<Result<string[]>> {
  return withoutBuilds(request, async (tree) => {
    const { settings, processes, world, signal } = request;
    const output = outputDir(settings, tree);
    if (!existsSync(join(output, '.config'))) return [];
    const call = await prepareMake(settings, tree, processes);
    if (isFailure(call)) return call;
    const place = buildPlace(settings.stateDir, { source: tree, build: output });
    for (const dir of [place.modules, place.external]) rmSync(dir, { recursive: true, force: true });
    const made = ['vmlinux', 'arch/x86/boot/bzImage'].map((path) => join(output, path)).filter((path) => existsSync(path));
    const ended = await processes.runOk('make clean', { argv: [...call.argv, 'clean'], cwd: call.cwd, env: call.env, log: world.logFor('clean'), signal });
    return isFailure(ended) ? ended : made;
  });
}

/**
 * All that kloop made of a variant: its state directory, in which it is built.
 * A build directory that a person's own file names is theirs, and stays.
 */
export function cleanVariant(request: CleanRequest): Promise<Result<string[]>> {
  const { settings: { variant, stateDir }, say } = request;
  if (variant === undefined) return Promise.resolve([]);
  // Away from its place at once: half of it must not pass for the whole.
  const away = join(dirname(stateDir), `.${basename(stateDir)}.removed`);
  return withoutBuilds(request, async () => {
    try {
      const there = existsSync(stateDir);
      await promises.rm(away, { recursive: true, force: true });
      if (there) renameSync(stateDir, away);
      await promises.rm(away, { recursive: true, force: true });
      const { kernelBuildDir } = request.settings;
      if (kernelBuildDir !== undefined && !isUnder(kernelBuildDir, stateDir) && existsSync(kernelBuildDir)) say(`${kernelBuildDir}, which your settings of the variant name, is kept`);
      return there ? [stateDir] : [];
    } catch (error) {
      return fileFailure('removing a variant', stateDir, error);
    }
  });
}

/** Removes while no other run configures or builds in the tree: by the locks of the targets that do. */
async function withoutBuilds(request: CleanRequest, remove: (tree: string) => Promise<Result<string[]>>): Promise<Result<string[]>> {
  const { settings, processes, world, signal, say } = request;
  const tree = chosenTree(settings);
  if (isFailure(tree)) return kernelFailure.is(tree, 'source-not-chosen') ? [] : tree;
  const targets = allTargets({ settings, processes, world }, {});
  const locks: { release(): Promise<void> }[] = [];
  try {
    for (const name of ['config', 'kernel', 'image']) {
      const key = targets.get(name)?.key();
      if (key === undefined || isFailure(key)) continue;
      const lock = await world.lock(`${name}:${key}`, (holder) => say(`waiting for ${holder}`), signal);
      if (lock === undefined) return interrupted(signal);
      locks.push(lock);
    }
    return await remove(tree);
  } finally {
    for (const lock of locks.reverse()) await lock.release();
  }
}

/** The .config, where kloop generated it. */
function cleanConfig({ settings }: CleanRequest): Promise<Result<string[]>> {
  const tree = chosenTree(settings);
  if (isFailure(tree)) return Promise.resolve(kernelFailure.is(tree, 'source-not-chosen') ? [] : tree);
  const path = join(outputDir(settings, tree), '.config');
  const copies = copiesDir(settings.stateDir, path);
  const whose = whoseConfig(path, copies);
  if (isFailure(whose)) return Promise.resolve(whose);
  if (whose.whose === 'nobody') return Promise.resolve([]);
  if (whose.whose === 'yours') return Promise.resolve(targetFailure({ reason: 'config-is-yours', path }));
  rmSync(path, { force: true });
  rmSync(copies, { recursive: true, force: true });
  return Promise.resolve([path]);
}
