/** A tree whose kernel is made in a moment: of its one source an object is compiled, and the kernel that the tests share is its vmlinux. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { needs } from '../../tasks/kernel/config/needs.ts';
import { git, wholeTree, write } from '../support/little-kernel.ts';

const makefile = (kernel: string) => `VERSION = 6
PATCHLEVEL = 1
SUBLEVEL = 0
EXTRAVERSION =

# Every option that the tests ask for is one.
olddefconfig: ;

vmlinux: net/state.o
\t@echo '  LD      vmlinux'
\t@cp ${kernel} vmlinux

net/state.o: net/state.c
\t@echo '  CC      net/state.o'
\t@$(CC) -Wall -c -o net/state.o net/state.c
\t@printf 'cmd_net/state.o := %s\\n\\nsource_net/state.o := net/state.c\\n\\ndeps_net/state.o := \\\\\\n\\nnet/state.o: $$(deps_net/state.o)\\n\\n$$(deps_net/state.o):\\n' '$(CC) -Wall -c -o net/state.o net/state.c' >net/.state.o.cmd

.PHONY: olddefconfig
`;

/** A .config that the VM can run with, as far as its text tells. */
const dotConfig = ['PVH', 'VIRTIO_MMIO_CMDLINE_DEVICES', ...needs.map(({ anyOf: [option = ''] }) => option)].map((option) => `CONFIG_${option}=y\n`).join('');

interface LittleCommit {
  /** What net/state.c is. */
  readonly source: string;
  /** It has no Makefile. */
  readonly bare?: boolean;
}

/**
 * A repository of such trees, the last one checked out, with a .config.
 *
 * @returns the commits, oldest first
 */
export function littleKbuild(tree: string, kernel: string, commits: readonly LittleCommit[]): string[] {
  wholeTree(tree);
  git(tree, 'init', '--quiet');
  const ids = commits.map(({ source, bare = false }, i) => {
    if (bare) rmSync(join(tree, 'Makefile'));
    else write(join(tree, 'Makefile'), makefile(kernel));
    write(join(tree, 'net/state.c'), `${source}\n`);
    write(join(tree, 'number'), `${i}\n`);
    git(tree, 'add', '--all', '--force', ...['Makefile', 'Kconfig', 'Kbuild', 'arch', 'scripts', 'init', 'net', 'number', '.gitignore']);
    git(tree, 'commit', '--quiet', `--message=net: change ${i}`);
    return git(tree, 'rev-parse', 'HEAD').trim();
  });
  write(join(tree, '.config'), dotConfig);
  return ids;
}
