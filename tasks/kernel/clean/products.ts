/**
 * Telling what make made from what a person wrote, by the name. Pure. When in
 * doubt it is a person's: a tree is then kept that might have gone, and never
 * the other way round. The kernel's own .gitignore will not do: it passes over
 * patches, editor's and other files that people write.
 */

import { isMadeWithoutRecord } from '../inputs/names.ts';

/** Directories that hold nothing but products. */
const directories = /^(?:include\/(?:config|generated)|arch\/[\w]+\/include\/generated|usr\/include|\.tmp_versions)\//;

/** Names that Kbuild makes without a .cmd file of theirs, or before it writes one. */
const names = [
  // Kconfig's own; .config itself is judged by its content, elsewhere
  /^\.config\.old$/,
  /^(?:vmlinux|System\.map|\.version|\.old_version|\.tmp_[\w.-]+|\.vmlinux\.export\.c|vmlinux\.\w+|\.missing-syscalls\.d|modules\.\w+(?:\.\w+)?|Module\.symvers|vmlinux-gdb\.py|compile_commands\.json)$/,
  /^\.checked-atomic-[\w-]+\.h$/,
  /^arch\/x86\/boot\/(?:tools\/build|mkcpustr|bzImage|setup\.(?:bin|elf)|vmlinux\.bin)$/,
  /^arch\/x86\/boot\/compressed\/(?:vmlinux(?:\.\w+)*|piggy\.S|mkpiggy)$/,
  // A link to arch/x86/boot/bzImage, for those who look there
  /^arch\/(?:x86_64|i386)\/boot\/bzImage$/,
  /^usr\/(?:initramfs_(?:data|inc_data)[\w.]*|gen_init_cpio|\.initramfs_data\.cpio\.d)$/,
  // tools/ has a build system of its own, which leaves .o, .d and programs
  /^tools\/(?:objtool|bpf\/resolve_btfids|lib\/[\w/]+)\/(?:.*\/)?(?:[\w.-]+\.(?:o|o\.d|a|so)|\.[\w.-]+\.d|fixdep|objtool|resolve_btfids|inat-tables\.c|libsubcmd\/.*|libbpf\/.*)$/,
  /(?:^|\/)\.[^/]+\.(?:cmd|o\.d)$/,
  /(?:^|\/)(?:built-in\.a|modules\.order)$/,
  /^scripts\/(?:.*\/)?\.?[\w-]+\.(?:lex\.c|tab\.[ch])$/,
  /^scripts\/kconfig\/[\w]+-(?:cfg|cflags|libs|bin)$/,
  /^scripts\/gdb\/linux\/(?:constants\.py|__pycache__\/.*)$/,
  /(?:^|\/)__pycache__\/[^/]+\.pyc$/,
];

/** @param exists whether a path in the tree exists: what Kbuild makes has a `.NAME.cmd` beside it. */
export function isBuildProduct(path: string, exists: (path: string) => boolean): boolean {
  if (directories.test(path) || isMadeWithoutRecord(path) || names.some((name) => name.test(path))) return true;
  const slash = path.lastIndexOf('/') + 1;
  const [directory, name] = [path.slice(0, slash), path.slice(slash)];
  if (exists(`${directory}.${name}.cmd`)) return true;
  // `make clean` leaves the host's programs, and removes their .cmd files.
  if (directory.startsWith('scripts/') && !name.includes('.') && exists(`${path}.c`)) return true;
  // 'foo.lex.c', 'foo.mod.c' and what is made on the way to foo.o
  const object = /^(.+)\.(?:s|i|mod|mod\.c|lst|dwo|su|symtypes|gcno|ko)$/.exec(name)?.[1];
  return object !== undefined && exists(`${directory}.${object}.o.cmd`);
}
