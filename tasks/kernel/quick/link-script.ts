/**
 * The tree's own scripts/link-vmlinux.sh, with less to do. Its functions and
 * its checks stay; changed is only
 *
 * - where the table of symbols (kallsyms) starts from: not from none, but from
 *   the last build's, which mostly has the right size already. What is linked
 *   with it is linked as the kernel itself, and where only the table's
 *   contents are others, kloop writes them in (kallsyms.ts), and no further
 *   link is needed. Else there are more of them, by the rule of the newest scripts.
 * - the table itself, which is kept where it would be made of the same list as the last;
 * - System.map, which is copied from the list of symbols that it would equal;
 * - what only checks the kernel (vmlinux.o, modpost), which runs beside the links;
 * - the kernel's version and time, where they were compiled beside the objects;
 * - how it learns of an option: it reads the configuration once, instead of by a `grep` each time.
 *
 * The script asks kloop on its output, and reads the answer from its input.
 * A script that is not known word for word is left as it is. Pure.
 */
import { forms, type Edit, type Form } from './link-script-forms.ts';

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

/** What an older script does with vmlinux.o, which is only looked at, before it links the kernel. (4.9 to 5.18) */
const checks = /^#link vmlinux\.o\n(?:info LD vmlinux\.o\n)?modpost_link vmlinux\.o\n(?:objtool_link vmlinux\.o\n)?\n# modpost vmlinux\.o to check for section mismatches\n\$\{MAKE\} -f "\$\{srctree\}\/scripts\/Makefile\.modpost" (?:vmlinux\.o|MODPOST_VMLINUX=1)\n(?:\ninfo MODINFO modules\.builtin\.modinfo\n\$\{OBJCOPY\} [^\n]* vmlinux\.o modules\.builtin\.modinfo\n(?:info GEN modules\.builtin\n(?:#[^\n]*\n)*tr [^\n]* \|\n[^\n]* > modules\.builtin\n)?)?/m;
const initBefore = /^\$\{MAKE\} -f "\$\{srctree\}\/scripts\/Makefile\.build" obj=init(?: [^\n]*)?\n/m;
const versionStep = /^\$\{MAKE\} -f "\$\{srctree\}\/scripts\/Makefile\.build" obj=init init\/version-timestamp\.o$/m;
/** Set for the script where that step was done before it. */
export const versionMade = 'KLOOP_VERSION_MADE';
const isEnabled = /^is_enabled\(\) \{\n\tgrep -q "\^\$1=y" include\/config\/auto\.conf\n\}$/m;
const start = /^# Use "make V=1" to debug this script$/m;

/**
 * @param config the options that are `y`, without `CONFIG_`
 * @returns the script that asks; `undefined` where this one is not known
 */
export function shorterScript(script: string, config: ReadonlySet<string>): string | undefined {
  if (!start.test(script)) return undefined;
  for (const form of forms) {
    const block = form.block.exec(script)?.[0];
    if (block === undefined) continue;
    const edits: Edit[] = [
      ...(form.symbols === undefined ? [] : [[/^mksysmap\(\)$/m, 'tree_mksysmap()'] as const]),
      [start, `${functionsOf(form)}\n$&`],
      [form.block, blockOf(block)],
      [form.last, `if [ -n "\${kloop_done}" ]; then [ -z "\${kloop_sizes}" ] || wait \${kloop_sizes} || kloop_sizes=; mv \${kloop_image} ${form.kernel}; else $&; fi`.replaceAll('${', '$${')],
      [isEnabled, optionsKept, 'optional'],
      [versionStep, `[ -n "\${${versionMade}}" ] || $&`, 'optional'],
      ...form.edits,
    ];
    const shorter = edits.reduce<string | undefined>(applied, script);
    if (shorter !== undefined) return needsVmlinuxObject(script, config) ? shorter : inBackground(shorter);
  }
  return undefined;
}

/** How the kernel's version and time are compiled, as a shell runs it; `undefined` where the script does it in another way. (6.1 and newer) */
export function versionCommand(script: string): string | undefined {
  return versionStep.exec(script)?.[0];
}

function applied(script: string | undefined, [what, by, needed]: Edit): string | undefined {
  if (script === undefined) return undefined;
  const found = [...script.matchAll(new RegExp(what.source, 'gm'))].length;
  if (found !== 1) return needed === 'optional' ? script : undefined;
  return script.replace(what, by);
}

const literal = (text: string) => text.replaceAll('$', '$$$$');

const optionsKept = literal(`kloop_options="
$(cat include/config/auto.conf)"
is_enabled() {
	case \${kloop_options} in
	*"
$1=y"*) ;;
	*) return 1;;
	esac
}`);

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

# Of one size two tables may still have their parts in other places.
kloop_same_layout()
{
	[ $(stat -c %s \${kloop_before}) -eq $(stat -c %s \${kallsymso}) ] &&
		[ "$(\${NM} -n \${kloop_before})" = "$(\${NM} -n \${kallsymso})" ]
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
		if [ -z "\${kloop_done}" ] && ! kloop_same_layout; then
			kloop_pass 3
		fi
	else
${block}	fi
`);
}

function inBackground(script: string): string {
  const at = checks.exec(script)?.index;
  const init = initBefore.exec(script)?.index;
  if (at === undefined || init === undefined || init > at) return script;
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
