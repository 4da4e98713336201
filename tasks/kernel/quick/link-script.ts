/**
 * The tree's own scripts/link-vmlinux.sh, with less to do. Its functions and
 * its checks stay; changed is only
 *
 * - where the table of symbols (kallsyms) starts from: not from none, but from
 *   the last build's, which mostly has the right size already. What is linked
 *   with it is linked as the kernel itself, and where only the table's
 *   contents are others, kloop writes them in (kallsyms.ts), and no further
 *   link is needed. Else the script's own rule decides on more of them.
 * - the table itself, which is kept where it would be made of the same list as the last;
 * - System.map, which is copied from the list of symbols that it would equal;
 * - what only checks the kernel (vmlinux.o, modpost), which runs beside the links.
 *
 * The script asks kloop on its output, and reads the answer from its input.
 * A script that is not known word for word is left as it is. Three forms were
 * read: 3.x to 5.0, 5.19 to 6.9, 6.10 to 6.18. Pure.
 */

/** How a question begins on the script's output. */
export const questionMark = 'kloop?';

/** `sh` functions for a script that asks. */
export const askFunction = `kloop_ask() {
	echo "${questionMark} $*"
	kloop_answer=
	read -r kloop_answer || :
	[ "\${kloop_answer}" = yes ]
}
`;

/** One thing that is replaced; it must be there exactly once. */
type Edit = readonly [what: RegExp, by: string, needed?: 'optional'];

interface Form {
  /** The block that makes the table and links for it. */
  readonly block: RegExp;
  /** The last link. */
  readonly last: RegExp;
  /** The names of pass `$1`: of what is linked, of the object that holds the table, and of what that is made from. */
  readonly image: string;
  readonly table: string;
  readonly list: string;
  /** Shell code for pass `$1`, which starts from `${kallsymso}`, and sets it. */
  readonly pass: string;
  /** The kernel's name, as the script has it. */
  readonly kernel: string;
  /** The list of symbols that was made last. */
  readonly symbols: string | undefined;
  readonly edits: readonly Edit[];
}

const extraPass = String.raw`\tif \[ \$size1 -ne \$size2 \] \|\| \[ -n "\$\{KALLSYMS_EXTRA_PASS\}" \]; then\n`;
const sizeOf = String.raw`\$\(\$\{CONFIG_SHELL\} "\$\{srctree\}/scripts/file-size\.sh" `;

/** 5.19 to 6.9. */
const steps: Form = {
  block: new RegExp(String.raw`^\tkallsyms_step 1\n\tkallsyms_step 2\n\n\t# step 3\n\tsize1=${sizeOf}\$\{kallsymso_prev\}\)\n\tsize2=${sizeOf}\$\{kallsymso\}\)\n\n${extraPass}\t\tkallsyms_step 3\n\tfi\n`, 'm'),
  last: /^vmlinux_link vmlinux "\$\{kallsymso\}" \$\{btf_vmlinux_bin_o\}$/m,
  image: '.tmp_vmlinux.kallsyms$1',
  table: '.tmp_vmlinux.kallsyms$1.o',
  list: '.tmp_vmlinux.kallsyms$1.syms',
  pass: '	kallsyms_step $1\n',
  kernel: 'vmlinux',
  symbols: '${kallsyms_vmlinux}.syms',
  edits: [
    [/^\tvmlinux_link \$\{kallsyms_vmlinux\} "\$\{kallsymso_prev\}" \$\{btf_vmlinux_bin_o\}\n\tmksysmap \$\{kallsyms_vmlinux\} \$\{kallsyms_vmlinux\}\.syms( \$\{kallsymso_prev\})?$/m,
      // By its last name: with another it is linked in another way.
      '	vmlinux_link vmlinux "${kallsymso_prev}" ${btf_vmlinux_bin_o}\n	mv vmlinux ${kallsyms_vmlinux}\n	mksysmap ${kallsyms_vmlinux} ${kallsyms_vmlinux}.syms$1'],
    [/^\tkallsyms \$\{kallsyms_vmlinux\}\.syms \$\{kallsyms_S\}\n(?:\n|\tinfo [^\n]*\n|[^\n]*\\\n)*\t[^\n]*-c -o \$\{kallsymso\} \$\{kallsyms_S\}$/m,
      '	kloop_keep ${kallsyms_vmlinux}.syms ${kallsymso} || {\n$&\n	}', 'optional'],
  ],
};

/** 6.10 and newer. */
const named: Form = {
  block: new RegExp(String.raw`^\tsysmap_and_kallsyms \.tmp_vmlinux1\n\tsize1=${sizeOf}\$\{kallsymso\}\)\n\n\tvmlinux_link \.tmp_vmlinux2\n\tsysmap_and_kallsyms \.tmp_vmlinux2\n\tsize2=${sizeOf}\$\{kallsymso\}\)\n\n${extraPass}\t\tvmlinux_link \.tmp_vmlinux3\n\t\tsysmap_and_kallsyms \.tmp_vmlinux3\n\tfi\n`, 'm'),
  last: /^vmlinux_link ("\$\{VMLINUX\}"|vmlinux)$/m,
  image: '.tmp_vmlinux$1',
  table: '.tmp_vmlinux$1.kallsyms.o',
  list: '.tmp_vmlinux$1.syms',
  pass: `	strip_debug=
	if is_enabled CONFIG_VMLINUX_MAP; then
		generate_map=1
	fi
	vmlinux_link "\${VMLINUX:-vmlinux}"
	mv "\${VMLINUX:-vmlinux}" .tmp_vmlinux$1
	sysmap_and_kallsyms .tmp_vmlinux$1
`,
  kernel: '"${VMLINUX:-vmlinux}"',
  symbols: '${kallsyms_sysmap}',
  edits: [
    [/^\tkallsyms "\$\{1\}\.syms" "\$\{1\}\.kallsyms"$/m,
      '	if kloop_keep "${1}.syms" "${1}.kallsyms.o"; then kallsymso=${1}.kallsyms.o; else\n$&\n	fi', 'optional'],
    // Without a table of before both are needed, with one they are for BTF alone.
    [/^if is_enabled CONFIG_KALLSYMS; then\n(?=(?:\ttrue > \.tmp_vmlinux0\.syms\n)?\tkallsyms \S+ \.tmp_vmlinux0\.kallsyms\n)/m,
      'if is_enabled CONFIG_KALLSYMS && { [ -z "${kloop_seed}" ] || is_enabled CONFIG_DEBUG_INFO_BTF; }; then\n'],
    [/^if is_enabled CONFIG_KALLSYMS \|\| is_enabled CONFIG_DEBUG_INFO_BTF; then$/m,
      'if { is_enabled CONFIG_KALLSYMS && [ -z "${kloop_seed}" ]; } || is_enabled CONFIG_DEBUG_INFO_BTF; then'],
  ],
};

/** Up to 5.0. */
const plain: Form = {
  block: new RegExp(String.raw`^\tkallsymso=\.tmp_kallsyms2\.o\n\tkallsyms_vmlinux=\.tmp_vmlinux2\n\n\t# step 1\n\tvmlinux_link "" \.tmp_vmlinux1\n\tkallsyms \.tmp_vmlinux1 \.tmp_kallsyms1\.o\n\n\t# step 2\n\tvmlinux_link \.tmp_kallsyms1\.o \.tmp_vmlinux2\n\tkallsyms \.tmp_vmlinux2 \.tmp_kallsyms2\.o\n\n\t# step (?:2a|3)\n(?:\tsize1=[^\n]*\n\tsize2=[^\n]*\n\n)?\tif (?:\[ \$size1 -ne \$size2 \] \|\| )?\[ -n "\$\{KALLSYMS_EXTRA_PASS\}" \]; then\n\t\tkallsymso=\.tmp_kallsyms3\.o\n\t\tkallsyms_vmlinux=\.tmp_vmlinux3\n\n\t\tvmlinux_link \.tmp_kallsyms2\.o \.tmp_vmlinux3\n\n\t\tkallsyms \.tmp_vmlinux3 \.tmp_kallsyms3\.o\n\tfi\n`, 'm'),
  last: /^vmlinux_link "\$\{kallsymso\}" vmlinux$/m,
  image: '.tmp_vmlinux$1',
  table: '.tmp_kallsyms$1.o',
  list: '.tmp_kallsyms$1.S',
  pass: `	vmlinux_link "\${kallsymso}" .tmp_vmlinux$1
	kallsymso=.tmp_kallsyms$1.o
	kallsyms_vmlinux=.tmp_vmlinux$1
	kallsyms .tmp_vmlinux$1 \${kallsymso}
`,
  kernel: 'vmlinux',
  symbols: undefined,
  edits: [
    [/^\t\$\{CC\} \$\{aflags\} -c -o \$\{2\} \$\{afile\}$/m, '	kloop_keep ${afile} ${2} || $&', 'optional'],
    // The kernel is what the last list was made of: the check has nothing to compare.
    [/^\tmksysmap \$\{kallsyms_vmlinux\} \.tmp_System\.map$/m,
      '	if [ -n "${kloop_done}" ]; then cp System.map .tmp_System.map; else mksysmap ${kallsyms_vmlinux} .tmp_System.map; fi'],
  ],
};

/** In these trees the script links vmlinux.o, and checks it, after all that the kernel is linked from is there. (4.9 to 5.0) */
const checks = /^#link vmlinux\.o\ninfo LD vmlinux\.o\nmodpost_link vmlinux\.o\n\n# modpost vmlinux\.o to check for section mismatches\n\$\{MAKE\} -f "\$\{srctree\}\/scripts\/Makefile\.modpost" vmlinux\.o\n/m;
const initBefore = /^\$\{MAKE\} -f "\$\{srctree\}\/scripts\/Makefile\.build" obj=init(?: [^\n]*)?\n/m;
const start = /^# Use "make V=1" to debug this script$/m;

/** @returns the script that asks; `undefined` where this one is not known */
export function shorterScript(script: string): string | undefined {
  if (!start.test(script)) return undefined;
  for (const form of [steps, named, plain]) {
    if (!form.block.test(script)) continue;
    const edits: Edit[] = [
      ...(form.symbols === undefined ? [] : [[/^mksysmap\(\)$/m, 'tree_mksysmap()'] as const]),
      [start, `${functionsOf(form)}\n$&`],
      [form.block, blockOf(form.block.exec(script)?.[0] ?? '')],
      [form.last, `if [ -n "\${kloop_done}" ]; then mv \${kloop_image} ${form.kernel}; else $&; fi`.replaceAll('${', '$${')],
      ...form.edits,
    ];
    return inBackground(edits.reduce<string | undefined>(applied, script));
  }
  return undefined;
}

function applied(script: string | undefined, [what, by, needed]: Edit): string | undefined {
  if (script === undefined) return undefined;
  const found = [...script.matchAll(new RegExp(what.source, 'gm'))].length;
  if (found !== 1) return needed === 'optional' ? script : undefined;
  return script.replace(what, by);
}

const literal = (text: string) => text.replaceAll('$', '$$$$');

function functionsOf({ image, table, list, pass, symbols }: Form): string {
  const system = symbols === undefined ? '' : `
mksysmap()
{
	if [ -n "\${kloop_done}" ] && [ "$2" = System.map ]; then
		info NM System.map
		cp ${symbols} System.map
	else
		tree_mksysmap "$@"
	fi
}
`;
  return literal(`
${askFunction}
# Pass $1 of the links, beginning with a table of the last one.
kloop_pass()
{
	kloop_before=\${kallsymso}
	kloop_image=${image}
${pass}	if kloop_ask table \${kloop_image} \${kloop_before} \${kallsymso}; then
		kloop_done=1
	fi
}

kloop_same_size()
{
	[ $(stat -c %s \${kloop_before}) -eq $(stat -c %s \${kallsymso}) ]
}

# The names that pass $1 gives: to the table, and to what it is made from.
kloop_table() { echo ${table}; }
kloop_list() { echo ${list}; }

# Where the list $1 is the last build's, its table is kept as $2.
kloop_keep()
{
	[ -n "\${kloop_known}" ] && cmp -s "$1" $(kloop_list 1) && cp $(kloop_table 1) "$2"
}

kloop_done=
kloop_known=
kloop_seed=
if [ -z "\${KALLSYMS_EXTRA_PASS}" ]; then
	for kloop_n in 2 3; do
		kloop_file=$(kloop_table $kloop_n)
		if [ -f \${kloop_file} ] && { [ -z "\${kloop_seed}" ] || [ \${kloop_file} -nt \${kloop_seed} ]; }; then
			kloop_seed=\${kloop_file}
			kloop_list=$(kloop_list $kloop_n)
		fi
	done
fi
${system}`);
}

function blockOf(block: string): string {
  return literal(`	if [ -n "\${kloop_seed}" ]; then
		mv \${kloop_seed} $(kloop_table 1)
		if [ -f \${kloop_list} ] && [ $(kloop_table 1) -nt \${kloop_list} ]; then
			mv \${kloop_list} $(kloop_list 1)
			kloop_known=1
		fi
		kallsymso=$(kloop_table 1)
		kloop_pass 2
		if [ -z "\${kloop_done}" ] && ! kloop_same_size; then
			kloop_pass 3
		fi
	else
${block}	fi
`);
}

function inBackground(script: string | undefined): string | undefined {
  const at = script === undefined ? undefined : checks.exec(script)?.index;
  const init = script === undefined ? undefined : initBefore.exec(script)?.index;
  if (script === undefined || at === undefined || init === undefined || init > at) return script;
  const archive = /^\t*\$\{AR\} \w+\$\{KBUILD_ARFLAGS\} (built-in\.[ao])\b/m.exec(script)?.[1];
  const asking = archive === undefined ? script : script.replace(/^archive_builtin$/m, `kloop_ask archive ${archive} || archive_builtin`);
  return `${asking.replace(checks, (text) => `{\n${text}} &\nkloop_checks=$!\n`).trimEnd()}\nwait \${kloop_checks}\n`;
}

/** Whether the kernel is linked from vmlinux.o, so that it has to be there first. `config`: the options that are `y`. */
export function needsVmlinuxObject(script: string, config: ReadonlySet<string>): boolean {
  const at = script.indexOf('objs=vmlinux.o');
  if (at < 0) return false;
  const condition = script.slice(script.lastIndexOf('\tif ', at), at);
  return [...condition.matchAll(/CONFIG_(\w+)/g)].some(([, name = '']) => config.has(name));
}
