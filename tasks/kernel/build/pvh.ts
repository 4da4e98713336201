/** Whether QEMU can start a vmlinux: it needs a PVH entry, which CONFIG_PVH gives since 5.0 (arch/x86/platform/pvh). Pure. */
import { isOlder, versionOf } from '../source/tree.ts';

/** A tree and its configuration, as far as they decide. */
interface BuiltTree {
  /** The text of the top makefile. */
  readonly makefile: string;
  /** The text of the makefile of arch/x86/platform/pvh; `undefined` where there is none. */
  readonly pvhMakefile: string | undefined;
  /** The text of .config; `undefined` where there is none yet: kernel.config asks for PVH. */
  readonly config: string | undefined;
}

/** Why a vmlinux cannot be booted, in words; `undefined` where it can. */
export function whyNoPvh({ makefile, pvhMakefile, config }: BuiltTree): string | undefined {
  const version = versionOf(makefile);
  if (version !== undefined && isOlder(version, 5, 0)) return `Linux ${version.text}: before 5.0 a vmlinux cannot be booted directly`;
  if (config === undefined) return undefined;
  if (!/^CONFIG_PVH=y$/m.test(config)) return 'CONFIG_PVH is off: this vmlinux cannot be booted directly';
  // The entry's code comes before KASAN's shadow memory, which code with KASAN's checks looks into: a triple fault, and
  // not a word. Met: 6.1.192, gcc 12.2. 6.18's makefile leaves the checks out; the fix is known by that line.
  if (/^CONFIG_KASAN=y$/m.test(config) && !/^KASAN_SANITIZE\w*\s*:=\s*n/m.test(pvhMakefile ?? '')) return 'CONFIG_KASAN is on: this vmlinux cannot be booted directly';
  return undefined;
}
