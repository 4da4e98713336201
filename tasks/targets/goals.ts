/** What a VM needs of the targets. */
import { join } from 'node:path';
import type { Settings } from '../../config/settings.ts';
import { outputDir } from '../kernel/make/call.ts';
import { chosenTree } from '../kernel/source/choice.ts';
import { isFailure, type Result } from '../report/failure.ts';

/** The targets that a VM needs; a kernel of one's own (`--kernel`) is not built. */
export function vmGoals({ ownKernel = false, bridge = false }: { readonly ownKernel?: boolean; readonly bridge?: boolean } = {}): string[] {
  return [...(ownKernel ? ['packages', 'guest'] : ['kernel', 'guest']), ...(bridge ? ['bridge'] : [])];
}

/** The ELF kernel that the targets build: what the VM boots. */
export function kernelImage(settings: Settings): Result<string> {
  const tree = chosenTree(settings);
  return isFailure(tree) ? tree : join(outputDir(settings, tree), 'vmlinux');
}

/** The bzImage of the target `image`: what others than kloop's launcher boot. */
export function compressedImage(settings: Settings): Result<string> {
  const tree = chosenTree(settings);
  return isFailure(tree) ? tree : join(outputDir(settings, tree), 'arch/x86/boot/bzImage');
}
