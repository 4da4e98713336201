/** The guest's files: served by FUSE, beside QEMU's 9p server with the same kernel, and beside none at all. */
import { join } from 'node:path';
import { findProgram } from '../host/files.ts';
import { shellQuote } from '../text/values.ts';
import type { Comparison, Side } from './pairs.ts';
import type { Part, Tools } from './tools.ts';

/** Runs a shell's lines in a guest of its own, and gives what `clocked` has printed last, in seconds. */
async function inGuest(tools: Tools, by: '9p' | 'fuse', script: string): Promise<number> {
  const clocked = `clocked() { a=$(cut -d' ' -f1 /proc/uptime); "$@" > /dev/null 2>&1; echo "$a $(cut -d' ' -f1 /proc/uptime)"; }`;
  const said = await tools.capture(['env', `VM_FILES=${by}`, ...tools.kloopArgv('vm', '--', 'sh', '-c', `${clocked}\n${script}`)]);
  const [from, to] = (said.trimEnd().split('\n').at(-1) ?? '').split(' ').map(Number);
  return (to ?? Number.NaN) - (from ?? Number.NaN);
}

/** A command in guests that have their files by FUSE, and in such as have them by 9p. */
function beside9p(tools: Tools, name: string, script: string, most: number): Comparison {
  const side = (by: '9p' | 'fuse'): Side => ({ label: by, run: () => inGuest(tools, by, script) });
  return { name, a: side('fuse'), b: side('9p'), goal: { is: 'ratio', most } };
}

/** What most of the kernel's network tests spend their time on. */
const inNamespace = `ip netns add bench
ip netns exec bench true
clocked sh -c 'for i in $(seq 40); do ip netns exec bench true; done'`;

const starts = 'for i in $(seq 100); do /bin/true; done';

/** The same programs in memory: what starting one costs without any share. */
const inMemory = `root=/dev/shm/root
for file in $(ldd /bin/sh /bin/true | grep -o '/[^ :)]*') /etc/ld.so.cache; do
  mkdir -p "$root$(dirname "$file")"; [ -e "$file" ] && cp -L "$file" "$root$file"
done
mkdir -p $root/bin; cp -L /bin/sh /bin/true $root/bin; seq=$(seq 100 | tr '\\n' ' ')
clocked chroot $root /bin/sh -c "for i in $seq; do /bin/true; done"`;

/** Makes a git repository of 25,000 of the tree's files, for a tree need not be one, or be as big; only the first time. */
async function makeRepository(tools: Tools, dir: string): Promise<void> {
  const script = `set -e; [ ! -e "$2" ] || exit 0; mkdir -p "$2.new"; cd "$1"
    find . -type f \\( -name '*.[chS]' -o -name 'Kconfig*' -o -name 'Makefile' -o -name '*.rst' \\) ! -path './.*' | sort | head -n 25000 | tar -c -T - | tar -x -C "$2.new"
    cd "$2.new"; git init -q; git add -A; git -c user.name=kloop -c user.email=kloop@localhost -c gc.auto=0 commit -qm all; mv "$2.new" "$2"`;
  await tools.run(['sh', '-c', script, 'sh', tools.tree.source, dir]);
}

export function fileComparisons(tools: Tools): Part {
  const { source } = tools.tree;
  const hasGit = findProgram('git') !== undefined;
  const repository = join(tools.context.settings.stateDir, 'bench', 'repository');
  const git = `git -C ${shellQuote(repository)} --no-optional-locks -c safe.directory=* status`;
  // By 9p it takes minutes.
  const ofRepository = (name: string, script: string, most: number): Comparison => {
    const { a, b, goal } = beside9p(tools, name, script, most);
    return { name, a: { ...a, prepare: () => makeRepository(tools, repository) }, ...(b === undefined ? {} : { b }), goal, once: true };
  };
  return {
    comparisons: [
      beside9p(tools, 'find, 100,000 names', `clocked sh -c 'find "$1" /usr | head -n 100000' sh ${shellQuote(source)}`, 0.4),
      beside9p(tools, 'grep -r /usr/include, again', 'grep -r nothing-like-it /usr/include > /dev/null\nclocked grep -r nothing-like-it /usr/include', 0.5),
      beside9p(tools, "Node's own program, read once", `clocked cat ${shellQuote(process.execPath)}`, 2),
      {
        name: 'ip netns exec, 40 times',
        a: { label: 'fuse', run: () => inGuest(tools, 'fuse', inNamespace) },
        // As it was before: emulated, too, with other addresses each time.
        b: { label: '9p, random addresses', run: () => inGuest(tools, '9p', `echo 2 > /proc/sys/kernel/randomize_va_space\n${inNamespace}`) },
        goal: { is: 'ratio', most: 0.5 },
      },
      {
        name: '/bin/true 100 times, from the root and from memory',
        a: { label: 'root', run: () => inGuest(tools, 'fuse', `sh -c '${starts}'\nclocked sh -c '${starts}'`) },
        b: { label: 'memory', run: () => inGuest(tools, 'fuse', inMemory) },
        goal: { is: 'ratio', most: 1.3 },
      },
      ...(hasGit ? [
        ofRepository('git status, 25,000 files', `clocked ${git}`, 0.15),
        ofRepository('git status, 25,000 files, again', `${git} > /dev/null\nclocked ${git}`, 0.3),
      ] : []),
    ],
    absent: hasGit ? [] : ['git status is not measured in the guest: git is not installed'],
  };
}
