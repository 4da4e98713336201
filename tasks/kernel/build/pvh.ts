/** Whether QEMU can start a vmlinux: it needs a PVH entry, which CONFIG_PVH gives since 5.0 (arch/x86/platform/pvh). Pure. */
import { isOlder, versionOf } from '../source/tree.ts';

/**
 * Why a vmlinux cannot be booted, in words; `undefined` where it can.
 *
 * @param config the text of .config; `undefined` where there is none yet: kernel.config asks for PVH
 */
export function whyNoPvh(makefile: string, config: string | undefined): string | undefined {
  const version = versionOf(makefile);
  if (version !== undefined && isOlder(version, 5, 0)) return `Linux ${version.text}: before 5.0 a vmlinux cannot be booted directly`;
  if (config === undefined || /^CONFIG_PVH=y$/m.test(config)) return undefined;
  return 'CONFIG_PVH is off: this vmlinux cannot be booted directly';
}
