/** The forms that scripts/link-vmlinux.sh had through the years, as far as its links for the table of symbols go. */

/** One thing that is replaced; it must be there exactly once. */
export type Edit = readonly [what: RegExp, by: string, needed?: 'optional'];

export interface Form {
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

// From 6.12.y on it also asks whether the tables' own symbols are the same.
const extraPass = String.raw`\tif \[ \$size1 -ne \$size2 \] \|\| (?:kallsymso_changed \|\| (?:\\\n\s*)?)?\[ -n "\$\{KALLSYMS_EXTRA_PASS\}" \]; then\n`;
const sizeOf = String.raw`\$\(\$\{CONFIG_SHELL\} "\$\{srctree\}/scripts/file-size\.sh" `;

/** The kernel is what the last list was made of: the check has nothing to compare. */
const sameSystemMap: Edit = [/^\tmksysmap \$\{kallsyms_vmlinux\} \.tmp_System\.map$/m,
  '	if [ -n "${kloop_done}" ]; then cp System.map .tmp_System.map; else mksysmap ${kallsyms_vmlinux} .tmp_System.map; fi'];

const stepsBlock = new RegExp(String.raw`^\tkallsyms_step 1\n\tkallsyms_step 2\n\n\t# step 3\n\tsize1=${sizeOf}\$\{kallsymso_prev\}\)\n\tsize2=${sizeOf}\$\{kallsymso\}\)\n\n${extraPass}\t\tkallsyms_step 3\n\tfi\n`, 'm');

/** 5.19 to 6.9. */
const steps: Form = {
  block: stepsBlock,
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

/** 5.5 to 5.18. */
const unlisted: Form = {
  ...steps,
  list: '.tmp_vmlinux.kallsyms$1.S',
  symbols: undefined,
  edits: [
    [/^\tvmlinux_link \$\{kallsyms_vmlinux\} "\$\{kallsymso_prev\}" \$\{btf_vmlinux_bin_o\}$/m,
      '	vmlinux_link vmlinux "${kallsymso_prev}" ${btf_vmlinux_bin_o}\n	mv vmlinux ${kallsyms_vmlinux}'],
    [/^\t\$\{CC\} \$\{aflags\} -c -o \$\{2\} \$\{afile\}$/m, '	kloop_keep ${afile} ${2} || $&', 'optional'],
    [/^\t\$\{CC\} (?:[^\n]*\\\n)*[^\n]*-c -o \$\{kallsymso\} \$\{kallsyms_S\}$/m, '	kloop_keep ${kallsyms_S} ${kallsymso} || $&', 'optional'],
    sameSystemMap,
  ],
};

/** 5.4. */
const unlistedOlder: Form = {
  ...unlisted,
  image: '.tmp_vmlinux$1',
  table: '.tmp_kallsyms$1.o',
  list: '.tmp_kallsyms$1.S',
  edits: [[/^\tkallsymso=\.tmp_kallsyms\$\{1\}\.o$/m, '$&'], ...unlisted.edits],
};

/** The symbols' sizes, by which the tables are sorted: listed beside their names, for the table that is put in moves none. The kernel has its last name when they are listed. (6.12.y and 6.15) */
const sizes: Edit = [/^sorttable\(\)\n\{\n\t\$\{NM\} -S \$\{1\} > \.tmp_vmlinux\.nm-sort$/m,
  `kloop_sizes_of()
{
	[ -z "\${kloop_sizes}" ] || wait \${kloop_sizes} || :
	\${NM} -S \${1} > .tmp_vmlinux.nm-sort &
	kloop_sizes=$!
}

sorttable()
{
	if [ -z "\${kloop_done}" ]; then
		[ -z "\${kloop_sizes}" ] || wait \${kloop_sizes} || :
		kloop_sizes=
	fi
	if [ -z "\${kloop_sizes}" ]; then
		\${NM} -S \${1} > .tmp_vmlinux.nm-sort
	fi`, 'optional'];

/** 6.10 and newer. */
const named: Form = {
  block: new RegExp(String.raw`^\tsysmap_and_kallsyms \.tmp_vmlinux1\n\tsize1=${sizeOf}\$\{kallsymso\}\)\n\n\tvmlinux_link \.tmp_vmlinux2\n\tsysmap_and_kallsyms \.tmp_vmlinux2\n\tsize2=${sizeOf}\$\{kallsymso\}\)\n\n(?:\t#[^\n]*\n)*${extraPass}\t\tvmlinux_link \.tmp_vmlinux3\n\t\tsysmap_and_kallsyms \.tmp_vmlinux3\n\tfi\n`, 'm'),
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
	if command -v kloop_sizes_of > /dev/null; then kloop_sizes_of .tmp_vmlinux$1; fi
	sysmap_and_kallsyms .tmp_vmlinux$1
`,
  kernel: '"${VMLINUX:-vmlinux}"',
  symbols: '${kallsyms_sysmap}',
  edits: [
    [/^\tkallsyms "\$\{1\}\.syms" "\$\{1\}\.kallsyms"$/m,
      '	if kloop_keep "${1}.syms" "${1}.kallsyms.o"; then kallsymso=${1}.kallsyms.o; else\n$&\n	fi', 'optional'],
    // Without a table of before both are needed, with one they are for BTF alone.
    [/^if is_enabled CONFIG_KALLSYMS; then\n(?=(?:\ttrue > \S+\n)?\tkallsyms \S+ \.tmp_vmlinux0\.kallsyms\n)/m,
      'if is_enabled CONFIG_KALLSYMS && { [ -z "${kloop_seed}" ] || is_enabled CONFIG_DEBUG_INFO_BTF; }; then\n'],
    [/^if is_enabled CONFIG_KALLSYMS \|\| is_enabled CONFIG_DEBUG_INFO_BTF; then$/m,
      'if { is_enabled CONFIG_KALLSYMS && [ -z "${kloop_seed}" ]; } || is_enabled CONFIG_DEBUG_INFO_BTF; then'],
    sizes,
  ],
};

/** Up to 5.3. */
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
    sameSystemMap,
  ],
};

/** A script is of the first one of these whose edits it allows. */
export const forms: readonly Form[] = [steps, unlistedOlder, unlisted, named, plain];
