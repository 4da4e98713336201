/** How what a target made is removed. What a person wrote stays, and is a failure that names it. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../config/settings.ts';
import type { World } from '../graph/execute.ts';
import type { Processes } from '../host/process.ts';
import { takeLock } from '../host/lock.ts';
import { outputDir } from '../kernel/compiler-make.ts';
import { prepareMake } from '../kernel/config-generate.ts';
import { copiesDir, whoseConfig } from '../kernel/config-hand.ts';
import { chosenTree } from '../kernel/source-choice.ts';
import { cleanSource } from '../kernel/source-clean.ts';
import { fail, isFailure, type Result } from '../report/failure.ts';

export interface CleanRequest {
  readonly settings: Settings;
  readonly processes: Processes;
  readonly world: World;
  readonly signal: AbortSignal;
}

/** @returns what was removed, as paths; empty where there was nothing */
type Cleaner = (request: CleanRequest) => Promise<Result<string[]>>;

export const cleaners: Readonly<Record<string, Cleaner>> = {
  kernel: cleanKernel,
  config: cleanConfig,
  source: cleanSource,
};

/**
 * What make made, by its own `clean`: the .config stays, and what the kernel
 * is built from. The build folder of KERNEL_BUILD_DIR is left standing, for
 * its .config.
 */
async function cleanKernel({ settings, processes, world, signal }: CleanRequest): Promise<Result<string[]>> {
  const tree = chosenTree(settings);
  if (isFailure(tree)) return tree.detail.reason === 'source-not-chosen' ? [] : tree;
  const output = outputDir(settings, tree);
  if (!existsSync(join(output, '.config'))) return [];
  const lock = await takeLock({ name: `kernel:${join(output, 'vmlinux')}`, holder: 'npm run clean', signal });
  if (lock === undefined) return fail({ reason: 'interrupted', signal: 'SIGINT' });
  try {
    const call = await prepareMake(settings, tree, processes);
    if (isFailure(call)) return call;
    const made = ['vmlinux', 'arch/x86/boot/bzImage'].map((path) => join(output, path)).filter((path) => existsSync(path));
    const ended = await processes.runOk('make clean', { argv: [...call.argv, 'clean'], cwd: call.cwd, env: call.env, log: world.logFor('clean'), signal });
    return isFailure(ended) ? ended : made;
  } finally {
    await lock.release();
  }
}

/** The .config, where kloop generated it. */
function cleanConfig({ settings }: CleanRequest): Promise<Result<string[]>> {
  const tree = chosenTree(settings);
  if (isFailure(tree)) return Promise.resolve(tree.detail.reason === 'source-not-chosen' ? [] : tree);
  const path = join(outputDir(settings, tree), '.config');
  const copies = copiesDir(settings.stateDir, path);
  const whose = whoseConfig(path, copies);
  if (isFailure(whose)) return Promise.resolve(whose);
  if (whose.whose === 'nobody') return Promise.resolve([]);
  if (whose.whose === 'yours') return Promise.resolve(fail({ reason: 'config-is-yours', path }));
  rmSync(path, { force: true });
  rmSync(copies, { recursive: true, force: true });
  return Promise.resolve([path]);
}
