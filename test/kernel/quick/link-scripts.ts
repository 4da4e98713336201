/** Scripts that go as scripts/link-vmlinux.sh does, each with the blocks of its time, and a link that only writes down what it is given. */

const sizes = `size1=$(\${CONFIG_SHELL} "\${srctree}/scripts/file-size.sh" \${kallsymso_prev})
	size2=$(\${CONFIG_SHELL} "\${srctree}/scripts/file-size.sh" \${kallsymso})`;
const extra = 'if [ $size1 -ne $size2 ] || [ -n "${KALLSYMS_EXTRA_PASS}" ]; then';
const head = `set -e
is_enabled() {
	grep -q "^$1=y" include/config/auto.conf
}
info() { :; }
`;
const start = '# Use "make V=1" to debug this script\n:\n';
const sysmap = 'mksysmap()\n{\n	echo "nm $1" >> log; cp symbols $2\n}\n';

/** 6.1 and newer. */
const version = '${MAKE} -f "${srctree}/scripts/Makefile.build" obj=init init/version-timestamp.o\n';

const linksBy12 = `${head}vmlinux_link()
{
	echo "link $1 $2" >> log; echo "code \${2:+table $(cat $2)}" > $1
}
`;
const makesTable = `kallsyms()
{
	cp next.S \${2}
}
`;
const stepBegins = `kallsyms_step()
{
	kallsymso_prev=\${kallsymso}
	kallsyms_vmlinux=.tmp_vmlinux.kallsyms\${1}
	kallsymso=\${kallsyms_vmlinux}.o
	kallsyms_S=\${kallsyms_vmlinux}.S

	vmlinux_link \${kallsyms_vmlinux} "\${kallsymso_prev}" \${btf_vmlinux_bin_o}
`;
const passes = `
	kallsyms_step 1
	kallsyms_step 2

	# step 3
	${sizes}

	${extra}
		kallsyms_step 3
	fi
fi

vmlinux_link vmlinux "\${kallsymso}" \${btf_vmlinux_bin_o}

mksysmap vmlinux System.map
`;

/** 6.1 */
export const steps = `${linksBy12}${makesTable}${stepBegins}	mksysmap \${kallsyms_vmlinux} \${kallsyms_vmlinux}.syms
	kallsyms \${kallsyms_vmlinux}.syms \${kallsyms_S}

	info AS \${kallsymso}
	\${CC} \${NOSTDINC_FLAGS} \\
	      -c -o \${kallsymso} \${kallsyms_S}
}
${sysmap}
${start}
${version}
kallsymso=""
if is_enabled CONFIG_KALLSYMS; then
${passes}cmp -s System.map \${kallsyms_vmlinux}.syms
`;

/** 5.5 to 5.18; in 5.4 with the names of before. */
export const unlisted = `${linksBy12}modpost_link()
{
	echo "check" > checked
}
objtool_link() { :; }
${makesTable}${stepBegins}	kallsyms \${kallsyms_vmlinux} \${kallsyms_S}

	info AS \${kallsyms_S}
	\${CC} \${NOSTDINC_FLAGS} \\
	      \${KBUILD_AFLAGS} \\
	      -c -o \${kallsymso} \${kallsyms_S}
}
${sysmap}
${start}
# final build of init/
\${MAKE} -f "\${srctree}/scripts/Makefile.build" obj=init need-builtin=1

#link vmlinux.o
modpost_link vmlinux.o
objtool_link vmlinux.o

# modpost vmlinux.o to check for section mismatches
\${MAKE} -f "\${srctree}/scripts/Makefile.modpost" MODPOST_VMLINUX=1

info MODINFO modules.builtin.modinfo
\${OBJCOPY} -j .modinfo -O binary vmlinux.o modules.builtin.modinfo
info GEN modules.builtin
# The second line aids cases where multiple modules share the same object.
tr '\\0' '\\n' < modules.builtin.modinfo | sed -n 's/^[[:alnum:]:_]*\\.file=//p' |
	tr ' ' '\\n' | uniq > modules.builtin

kallsymso=""
if [ -n "\${CONFIG_KALLSYMS}" ]; then
${passes}
if [ -n "\${CONFIG_KALLSYMS}" ]; then
	mksysmap \${kallsyms_vmlinux} .tmp_System.map
	cmp -s System.map .tmp_System.map
fi
`;
export const older = unlisted
  .replace('kallsyms_vmlinux=.tmp_vmlinux.kallsyms${1}\n\tkallsymso=${kallsyms_vmlinux}.o\n\tkallsyms_S=${kallsyms_vmlinux}.S', 'kallsymso=.tmp_kallsyms${1}.o\n\tkallsyms_vmlinux=.tmp_vmlinux${1}')
  .replace(/\tkallsyms \$\{kallsyms_vmlinux\} \$\{kallsyms_S\}\n[^]*?-c -o .*\n/, '\tkallsyms ${kallsyms_vmlinux} ${kallsymso}\n')
  .replace('cp next.S ${2}\n', 'local afile="`basename ${2} .o`.S"\n\n\tcp next.S ${afile}\n\t${CC} ${aflags} -c -o ${2} ${afile}\n')
  .replace('objtool_link vmlinux.o\n', '');

/** 6.10 and newer */
export const named = `${head}vmlinux_link()
{
	echo "link $1 \${kallsymso}" >> log; echo "code \${kallsymso:+table $(cat \${kallsymso})}" > $1
}
kallsyms()
{
	cp next.S \${2}.S
	\${CC} -c -o \${2}.o \${2}.S
	kallsymso=\${2}.o
}
sysmap_and_kallsyms()
{
	mksysmap "\${1}" "\${1}.syms"
	kallsyms "\${1}.syms" "\${1}.kallsyms"
	kallsyms_sysmap=\${1}.syms
}
${sysmap}
sorttable()
{
	\${NM} -S \${1} > .tmp_vmlinux.nm-sort
	echo "sorted by $(cat .tmp_vmlinux.nm-sort)" >> log
}
${start}
${version}
VMLINUX=vmlinux.unstripped
kallsymso=
strip_debug=

if is_enabled CONFIG_KALLSYMS; then
	true > .tmp_vmlinux0.syms
	kallsyms .tmp_vmlinux0.syms .tmp_vmlinux0.kallsyms
fi

if is_enabled CONFIG_KALLSYMS || is_enabled CONFIG_DEBUG_INFO_BTF; then
	vmlinux_link .tmp_vmlinux1
fi

if is_enabled CONFIG_KALLSYMS; then

	sysmap_and_kallsyms .tmp_vmlinux1
	${sizes.split('\n')[0]?.replace('_prev', '') ?? ''}

	vmlinux_link .tmp_vmlinux2
	sysmap_and_kallsyms .tmp_vmlinux2
${sizes.split('\n')[1] ?? ''}

	${extra}
		vmlinux_link .tmp_vmlinux3
		sysmap_and_kallsyms .tmp_vmlinux3
	fi
fi

vmlinux_link "\${VMLINUX}"

mksysmap "\${VMLINUX}" System.map
sorttable "\${VMLINUX}"
cmp -s System.map "\${kallsyms_sysmap}"
`;

/** 6.12.100 */
export const compared = named
  .replace('true > .tmp_vmlinux0.syms', 'true > .tmp_vmlinux.kallsyms0.syms').replace('kallsyms .tmp_vmlinux0.syms', 'kallsyms .tmp_vmlinux.kallsyms0.syms')
  .replace('\tkallsymso=${2}.o\n}', '\tkallsymso_prev="${kallsymso:-}"\n\tkallsymso=${2}.o\n}\nkallsymso_changed()\n{\n\t! cmp -s "${kallsymso_prev}" "${kallsymso}"\n}')
  .replace(extra, '# Due to alignment, the file size might remain unchanged.\n\tif [ $size1 -ne $size2 ] || kallsymso_changed || \\\n\t\t\t[ -n "${KALLSYMS_EXTRA_PASS}" ]; then');

/** 4.14 and 4.19 */
export const plain = `${head}vmlinux_link()
{
	echo "link $2 $1" >> log; echo "code \${1:+table $(cat $1)}" > $2
}
kallsyms()
{
	local afile="\`basename \${2} .o\`.S"

	cp next.S \${afile}
	\${CC} \${aflags} -c -o \${2} \${afile}
}
modpost_link()
{
	echo "check" > checked
}
archive_builtin()
{
	info AR built-in.a
	rm -f built-in.a;
	\${AR} rcsTP\${KBUILD_ARFLAGS} built-in.a			\\
				\${KBUILD_VMLINUX_INIT}
}
${sysmap}
${start}
# final build of init/
\${MAKE} -f "\${srctree}/scripts/Makefile.build" obj=init

archive_builtin

#link vmlinux.o
info LD vmlinux.o
modpost_link vmlinux.o

# modpost vmlinux.o to check for section mismatches
\${MAKE} -f "\${srctree}/scripts/Makefile.modpost" vmlinux.o

kallsymso=""
if is_enabled CONFIG_KALLSYMS; then

	kallsymso=.tmp_kallsyms2.o
	kallsyms_vmlinux=.tmp_vmlinux2

	# step 1
	vmlinux_link "" .tmp_vmlinux1
	kallsyms .tmp_vmlinux1 .tmp_kallsyms1.o

	# step 2
	vmlinux_link .tmp_kallsyms1.o .tmp_vmlinux2
	kallsyms .tmp_vmlinux2 .tmp_kallsyms2.o

	# step 3
${sizes.replace('${kallsymso_prev}', '.tmp_kallsyms1.o').replace('${kallsymso}', '.tmp_kallsyms2.o').replace(/^size1/, '	size1')}

	${extra}
		kallsymso=.tmp_kallsyms3.o
		kallsyms_vmlinux=.tmp_vmlinux3

		vmlinux_link .tmp_kallsyms2.o .tmp_vmlinux3

		kallsyms .tmp_vmlinux3 .tmp_kallsyms3.o
	fi
fi

vmlinux_link "\${kallsymso}" vmlinux

mksysmap vmlinux System.map

if is_enabled CONFIG_KALLSYMS; then
	mksysmap \${kallsyms_vmlinux} .tmp_System.map
	cmp -s System.map .tmp_System.map
fi
`;
