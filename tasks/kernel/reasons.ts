import type { NoTree } from '../../config/own-tree.ts';
import { shellQuote } from '../text/values.ts';
import { failuresOf } from '../report/failure.ts';
import type { Words } from '../report/words.ts';

/** Why one entry is unavailable. */
export interface Tried {
  readonly entry: string;
  readonly why: string;
  readonly fix?: readonly string[] | undefined;
}

type KernelReason =
  | { reason: 'bad-source'; entry: string; wrong: string; kinds: readonly string[] }
  | { reason: 'no-source'; tried: readonly Tried[] }
  | { reason: 'source-not-chosen' }
  | ({ reason: 'no-tree' } & NoTree)
  | { reason: 'tree-read-only'; tree: string }
  | { reason: 'wrong-hash'; url: string; expected: string; actual: string }
  | { reason: 'not-a-kernel-tree'; path: string; why: string }
  | { reason: 'path-refused'; path: string; why: string; whose: 'tree' | 'build' }
  | { reason: 'users-files'; tree: string; findings: readonly string[] }
  | { reason: 'not-ours-to-remove'; tree: string; why: string }
  | { reason: 'no-fragment'; name: string; known: readonly string[]; nearest: string | undefined }
  | { reason: 'bad-fragment'; wrong: readonly string[] }
  | { reason: 'wrong-architecture'; path: string; architecture: string }
  | { reason: 'config-lacks'; path: string; lacks: readonly string[]; kept: boolean }
  | { reason: 'request-lost'; lost: readonly { option: string; value: string; why: string }[] }
  /** `variant.beside`: where the build without it will be; `ownConfig`: the tree's .config is a person's own. */
  | { reason: 'tree-not-clean'; tree: string; build: string; found: string; variant: { readonly name: string; readonly beside: string; readonly ownConfig: boolean } | undefined }
  | { reason: 'module-missing'; path: string }
  | { reason: 'module-unsigned'; path: string; said: readonly string[]; log: string }
  | { reason: 'no-module'; dir: string; why: string }
  | { reason: 'module-build'; dir: string; said: readonly string[]; log: string }
  | { reason: 'modules-unlisted'; dir: string; said: readonly string[]; log: string }
  | { reason: 'menu-needs-ncurses' }
  | { reason: 'nothing-to-save'; path: string };

export const kernelFailure = failuresOf<KernelReason>({
  'bad-source': (d) => ({
    what: `KERNEL_SOURCES: '${d.entry}': ${d.wrong}`,
    why: ['Supported kinds:', ...d.kinds.map((kind) => `  ${kind}`)],
    fix: ['less config/defaults.env   # describes KERNEL_SOURCES'],
  }),
  'no-source': (d) => ({
    what: 'no source in KERNEL_SOURCES is available',
    why: d.tried.map((t) => `${t.entry}: ${t.why}`),
    fix: [...new Set(d.tried.flatMap((t) => t.fix ?? [])), 'npm run source'],
  }),
  'source-not-chosen': () => ({ what: 'no kernel source is chosen yet', fix: ['npm run source'] }),
  'no-tree': noTree,
  'tree-read-only': (d) => ({
    what: `${d.tree} is not yours to write to, and nothing says where to build it`,
    fix: ['KERNEL_BUILD_DIR=~/build npm run kernel   # builds there, and remembers it'],
  }),
  'wrong-hash': (d) => ({
    what: `${d.url} does not match its hash in KERNEL_SOURCES: its sha256 is ${d.actual}`,
    why: [`expected: ${d.expected}`, 'The download was removed.'],
    fix: ['npm run source   # after correcting its hash in your settings'],
  }),
  'not-a-kernel-tree': (d) => ({ what: `${d.path} isn't a kernel tree: ${d.why}`, fix: [`ls -la ${shellQuote(d.path)}`] }),
  'path-refused': (d) => ({
    what: `${d.path}: there is ${d.why}`,
    why: [d.whose === 'tree' ? 'A symbolic link does not help: Kbuild resolves it. Move the tree, or set REPOS_DIR.' : 'Set KERNEL_BUILD_DIR to another directory.'],
  }),
  'users-files': (d) => ({
    what: `${d.tree} was not removed: it contains your work`,
    why: d.findings,
    fix: [`rm -r ${shellQuote(d.tree)}   # if you need none of it`],
  }),
  'not-ours-to-remove': (d) => ({ what: `${d.tree} was not removed: ${d.why}`, fix: [`rm -r ${shellQuote(d.tree)}   # if you do not need it`] }),
  'no-fragment': (d) => ({
    what: `there is no fragment ${d.name.includes('/') ? d.name : `'${d.name}'`}${d.nearest === undefined ? '' : `. Did you mean ${d.nearest}?`}`,
    why: d.known.length === 0 ? [] : [`Fragments: ${d.known.join(', ')}; or a path`],
    fix: d.known.length === 0 ? [`ls -l ${shellQuote(d.name)}`] : [],
  }),
  'bad-fragment': (d) => ({
    what: d.wrong.length === 1 ? 'a line of a kernel configuration is wrong' : `${d.wrong.length} lines of the kernel configuration are wrong`,
    why: [...d.wrong, 'Lines are CONFIG_X=y, CONFIG_X=value, or # CONFIG_X is not set.'],
  }),
  'wrong-architecture': (d) => ({
    what: `${d.path} is a configuration for ${d.architecture}; kloop builds and boots x86_64`,
    fix: [`mv ${shellQuote(d.path)} ${shellQuote(`${d.path}.${d.architecture}`)}`],
  }),
  'config-lacks': (d) => ({
    what: `${d.path}: the VM needs ${d.lacks.length === 1 ? 'an option' : `${d.lacks.length} options`} that ${d.kept ? 'your own configuration, which kloop keeps, does not set' : 'did not stick'}`,
    why: d.lacks,
    fix: d.kept
      ? ['npm run config -- --add-missing   # sets just these', 'npm run config -- --menu    # to set them by hand', 'npm run config -- --reset   # to generate it again']
      : ['npm run config -- --menu    # to see what they depend on'],
  }),
  'request-lost': (d) => ({
    what: d.lost.length === 1 ? `CONFIG_${d.lost[0]?.option}=${d.lost[0]?.value} was not set: ${d.lost[0]?.why}` : `${d.lost.length} options were not set`,
    why: [...(d.lost.length === 1 ? [] : d.lost.map((one) => `CONFIG_${one.option}=${one.value}: ${one.why}`)), 'The configuration is as it was.'],
    fix: ['npm run config -- --menu   # to see what they depend on'],
  }),
  'tree-not-clean': (d) => ({
    what: `${d.variant === undefined ? 'the kernel' : `the variant ${d.variant.name}`} cannot be built in ${d.build}: its tree ${d.tree} was built in place (${d.found}), and Kbuild refuses to mix the two`,
    why: d.variant === undefined
      ? ['Or remove KERNEL_BUILD_DIR from your settings to build in place.']
      : [`Once the tree is clean and the variant is built, the kernel without a variant is built in ${d.variant.beside}: going from one to the other compiles nothing twice.`],
    fix: [
      ...(d.variant?.ownConfig === true ? [`mkdir -p ${shellQuote(d.variant.beside)} && cp ${shellQuote(`${d.tree}/.config`)} ${shellQuote(d.variant.beside)}   # your own .config stays`] : []),
      `make -C ${shellQuote(d.tree)} mrproper   # removes what was built there, and its .config`,
    ],
  }),
  'module-missing': (d) => ({
    what: `the build lists a module that it did not make: ${d.path}`,
    fix: ['npm run kernel'],
  }),
  'module-unsigned': (d) => ({
    said: d.said,
    what: `${d.path} could not be signed with this kernel's key`,
    why: ['CONFIG_MODULE_SIG_ALL=y: the modules are signed as `make modules_install` does it.'],
    log: d.log,
    fix: ['npm run config -- --set CONFIG_MODULE_SIG_ALL=n   # leaves them unsigned'],
  }),
  'module-build': (d) => ({ said: d.said, what: `the modules in ${d.dir} do not build against this kernel`, log: d.log }),
  'no-module': (d) => ({
    what: `${d.dir} has no module to build: ${d.why}`,
    why: ['Documentation/kbuild/modules.rst in the kernel tree describes such a directory. KERNEL_MODULES or --module named it.'],
    fix: [`ls -la ${shellQuote(d.dir)}`],
  }),
  'modules-unlisted': (d) => ({
    said: d.said,
    what: `depmod could not list the modules in ${d.dir}`,
    log: d.log,
    fix: ['npm run packages -- --install   # depmod is in the package kmod'],
  }),
  'menu-needs-ncurses': () => ({
    what: 'menuconfig needs the headers of ncurses, which are not installed',
    why: ['Their package: libncurses-dev (Debian, Ubuntu), ncurses-devel (Fedora), ncurses (Arch)'],
    fix: ['npm run packages -- --install', 'sudo apt-get install libncurses-dev'],
  }),
  'nothing-to-save': (d) => ({ what: `there is no ${d.path} to save`, fix: ['npm run config'] }),
});

function noTree({ path, met }: NoTree): Words {
  const another = 'npm run vm -- --tree ~/linux   # or name your tree';
  switch (met.what) {
    case 'nothing': return {
      what: `${path} is not in a kernel tree, and no kernel source is configured`,
      fix: ['cd ~/linux   # your own tree', another, 'KERNEL_SOURCES=mptcp-next npm run vm   # or have one fetched; in ~/.config/kloop/env, always'],
    };
    case 'bare': return {
      what: `${path} is a bare git repository: there are no files in it to build`,
      fix: [`git -C ${shellQuote(path)} worktree add ~/linux`, another],
    };
    case 'part': return { what: `${path}: ${met.why}`, fix: [`ls -la ${shellQuote(path)}`, another] };
  }
}
