/** What a VM needs of the targets, and which kernel of theirs it boots. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../config/settings.ts';
import { textOf } from '../host/files.ts';
import { whyNoPvh } from '../kernel/build/pvh.ts';
import { bootDir } from '../kernel/inputs/inputs.ts';
import { outputDir } from '../kernel/make/call.ts';
import { kernelFailure } from '../kernel/reasons.ts';
import { chosenTree } from '../kernel/source/choice.ts';
import { findsMicrovm } from '../machine/microvm.ts';
import type { VmRequest } from '../machine/request.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { guestModules } from './modules.ts';

/** The kernel that a VM boots. */
interface Booted {
  readonly path: string;
  /** Why it is a bzImage; `undefined` for a vmlinux. */
  readonly why: string | undefined;
  /** Whether it finds its devices on a microvm; else it needs PCI, which q35 has. */
  readonly findsMicrovm: boolean;
  /** Its modules as the guest gets them; `undefined` where it can load none. */
  readonly modules: VmRequest['modules'];
}

/** The bzImage of the target `image`. */
export function compressedImage(settings: Settings): Result<string> {
  const tree = chosenTree(settings);
  return isFailure(tree) ? tree : join(outputDir(settings, tree), bootDir, 'bzImage');
}

/** What is booted of the two: the vmlinux, where QEMU can start one. */
export function bootedKernel(settings: Settings): Result<Booted> {
  const tree = chosenTree(settings);
  if (isFailure(tree)) return tree;
  const build = outputDir(settings, tree);
  const config = textOf(join(build, '.config'));
  const why = whyNoPvh({ makefile: textOf(join(tree, 'Makefile')) ?? '', pvhMakefile: textOf(join(tree, 'arch/x86/platform/pvh/Makefile')), config });
  return { path: join(build, why === undefined ? 'vmlinux' : `${bootDir}/bzImage`), why, findsMicrovm: findsMicrovm(config), modules: guestModules(settings.stateDir, { source: tree, build }) };
}

interface VmNeeds {
  /** A kernel of one's own (`--kernel`), which is not built. */
  readonly ownKernel?: boolean;
  readonly bridge?: boolean;
}

/** The targets that a VM needs, as far as it can be told now: the configuration decides which kernel is booted. */
export function vmGoals(settings: Settings, { ownKernel = false, bridge = false }: VmNeeds = {}): string[] {
  const booted = bootedKernel(settings);
  const image = !isFailure(booted) && booted.why !== undefined;
  // Where they are asked for and there can be none, the target says so.
  const modules = settings.kernelModules.length > 0 || !isFailure(booted) && booted.modules !== undefined;
  return [...(ownKernel ? ['packages', 'guest'] : ['kernel', ...(image ? ['image'] : []), ...(modules ? ['modules'] : []), 'guest']), ...(bridge ? ['bridge'] : [])];
}

/** How what a VM needs is brought up. */
interface BringUpVm<T> {
  readonly needs: VmNeeds;
  readonly say: (line: string) => void;
  readonly bringUp: (goals: readonly string[]) => Promise<Result<T>>;
}

/**
 * Brings up what a VM needs. On the way a source may be chosen and a .config
 * written, which tell what is booted: where that asks for more, it follows.
 * Before the first bzImage of a tree is built for it, that is said.
 */
export async function bringUpVm<T extends { readonly made: ReadonlySet<string> }>(settings: Settings, { needs, say, bringUp }: BringUpVm<T>): Promise<Result<T>> {
  // At once, rather than after what would be made beside it.
  if (!needs.ownKernel && settings.tree?.kind === 'none') return kernelFailure({ reason: 'no-tree', ...settings.tree });
  const announce = () => {
    const booted = needs.ownKernel ? undefined : bootedKernel(settings);
    if (booted !== undefined && !isFailure(booted) && booted.why !== undefined && !existsSync(booted.path)) say(`${booted.why}: building bzImage`);
  };
  const first = vmGoals(settings, needs);
  announce();
  const ran = await bringUp(first);
  if (isFailure(ran)) return ran;
  const more = vmGoals(settings, needs).filter((goal) => !first.includes(goal));
  if (more.length === 0) return ran;
  announce();
  const ranMore = await bringUp(more);
  return isFailure(ranMore) ? ranMore : { ...ranMore, made: new Set([...ran.made, ...ranMore.made]) };
}
