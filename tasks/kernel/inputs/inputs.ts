/**
 * The inputs of a kernel that a person, or git, can change: traced
 * sources and headers, what scripts read, makefiles, Kconfig, `.config`. Of
 * 78,579 files in a 6.1 tree some 3,900. Pure.
 */
import { basename, dirname, join } from 'node:path';
import { isGeneratedPath, isMakefileName, isUntracedInput } from './names.ts';
import { isUnder, type BuildIndex, type IndexEntry, type BuildDirs } from './index-model.ts';

/** Which part of a build is asked about: what `vmlinux` is made from, or what the boot image needs besides. */
export type Scope = 'vmlinux' | 'image';

/** Where x86 makes its boot image; nothing below it is part of vmlinux. (arch/x86/Makefile, 2.6.24 to 6.12) */
export const bootDir = 'arch/x86/boot';

interface InputsRequest {
  readonly index: BuildIndex;
  readonly scope: Scope;
  /** The text of include/config/auto.conf.cmd. */
  readonly kconfigDeps: string;
  /** Absolute paths that make was seen to make, though it left no `.cmd` file for them. */
  readonly made: ReadonlySet<string>;
}

/** The entries of one scope. */
export function entriesOf(index: BuildIndex, scope: Scope): IndexEntry[] {
  const boot = join(index.tree.build, bootDir);
  return index.entries.filter((entry) => isUnder(entry.path, boot) === (scope === 'image'));
}

/** Whether Kbuild makes this file. */
export function isGenerated(path: string, index: BuildIndex, targets: ReadonlySet<string>, made: ReadonlySet<string>): boolean {
  return targets.has(path) || made.has(path) || isMadeByPlace(path, index.tree);
}

/** Whether where it lies tells that Kbuild makes it: with a build directory of its own, all that is there. */
export function isMadeByPlace(path: string, { source, build }: BuildDirs): boolean {
  return isUnder(path, build) && (build !== source || isGeneratedPath(path.slice(build.length + 1)));
}

/** The inputs that `.cmd` files and Kconfig name: absolute paths. A word of a command may turn out to be no file. */
export function tracedInputs({ index, scope, kconfigDeps, made }: InputsRequest): Set<string> {
  const { source, build } = index.tree;
  const targets = new Set(index.entries.filter((entry) => entry.target >= 0).map((entry) => index.files[entry.target] ?? ''));
  const used = new Uint8Array(index.files.length);
  for (const entry of entriesOf(index, scope)) for (const dep of entry.deps) used[dep] = 1;
  const inputs = new Set<string>();
  index.files.forEach((path, i) => {
    if (used[i] === 1 && isUnder(path, source) && !isGenerated(path, index, targets, made)) inputs.add(path);
  });
  if (scope === 'vmlinux') {
    for (const path of kconfigFiles(kconfigDeps)) inputs.add(join(source, path));
    inputs.add(join(build, '.config'));
  } else {
    inputs.add(join(build, 'vmlinux'));
  }
  return inputs;
}

/** The Kconfig files that include/config/auto.conf.cmd lists, relative to the source. */
function kconfigFiles(text: string): string[] {
  const list = /^deps_config := \\\n((?:.*\\\n)*.*)/m.exec(text)?.[1] ?? '';
  return list.split('\n').map((line) => line.replace(/\\$/, '').trim()).filter((path) => path !== '' && !path.startsWith('$'));
}

/** The directories of the source in which something is made, and those above. */
export function madeDirs(index: BuildIndex, scope: Scope): Set<string> {
  const { source, build } = index.tree;
  const dirs = new Set<string>();
  for (const entry of entriesOf(index, scope)) {
    for (let dir = join(source, dirname(entry.path).slice(build.length)); isUnder(dir, source) && !dirs.has(dir); dir = dirname(dir)) dirs.add(dir);
  }
  return dirs;
}

/** What the programs below tools/ are made with, though nothing there is traced. (tools/objtool/Makefile, tools/bpf/resolve_btfids/Makefile of 6.1) */
const toolMakers = ['tools/build', 'tools/scripts', 'tools/arch/x86/tools'];

/** The programs of tools/ that a build runs; no `.cmd` file is beside them. */
export const toolPrograms = ['tools/objtool/objtool', 'tools/objtool/fixdep', 'tools/bpf/resolve_btfids/resolve_btfids', 'tools/bpf/resolve_btfids/fixdep'];

/** Where make descends, and in many a configuration makes nothing. (scripts/Makefile of 6.1) */
const scriptDirs = ['scripts/basic', 'scripts/dtc', 'scripts/gcc-plugins', 'scripts/genksyms', 'scripts/mod', 'scripts/selinux'];

/** The directories whose names matter: where something is made, and where a traced file lies. */
export function listedDirs(index: BuildIndex, scope: Scope, traced: Iterable<string>): Set<string> {
  const dirs = madeDirs(index, scope);
  for (const path of traced) if (!isKconfig(path)) dirs.add(dirname(path));
  if (scope === 'vmlinux') for (const dir of scriptDirs) dirs.add(join(index.tree.source, dir));
  const tools = join(index.tree.source, 'tools');
  if ([...dirs].some((dir) => isUnder(dir, tools))) for (const dir of toolMakers) dirs.add(join(index.tree.source, dir));
  return dirs;
}

/** Kconfig files lie in 1,400 directories of which few are built: of those only the files themselves matter. */
function isKconfig(path: string): boolean {
  return basename(path).startsWith('Kconfig');
}

/** Scripts and makefiles that Kbuild uses without a record of it. (The makefiles of 4.1, 5.4 and 6.1.) */
export const toolName = /^(Makefile.*|(Kbuild|Kconfig|subarch)\.include|head-object-list\.txt|adjust_autoksyms\.sh|check-local-export|checksyscalls\.sh|cc-.*|config_shell|file-size\.sh|gcc-.*\.sh|gen_autoksyms\.sh|gen_ksymdeps\.sh|ld-version\.sh|as-version\.sh|clang-version\.sh|pahole-.*\.sh|link-vmlinux\.sh|mkcompile_h|mksysmap|remove-stale-files|setlocalversion|xz_wrap\.sh)$/;

/**
 * The inputs that no `.cmd` file names, among the source-like names of the
 * directories that matter: makefiles wherever a file is read (those of
 * include/asm-generic and of arch/x86/include/asm say which headers are
 * generated), and where something is made the data of generators as well.
 *
 * @param made the directories in which something is made
 */
export function untracedInputs(dirs: Iterable<string>, made: ReadonlySet<string>, source: string, names: (dir: string) => readonly string[]): string[] {
  const found: string[] = [];
  const tools = join(source, 'tools');
  for (const dir of dirs) {
    const counts = made.has(dir) || isUnder(dir, tools) ? isUntracedInput : isMakefileName;
    for (const name of names(dir)) if (counts(name)) found.push(`${dir}/${name}`);
  }
  return found;
}
