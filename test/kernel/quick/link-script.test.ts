/** Scripts that go as scripts/link-vmlinux.sh does, each with the blocks of its time, and a link that only writes down what it is given. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { needsVmlinuxObject, shorterScript } from '../../../tasks/kernel/quick/link-script.ts';

const sizes = `size1=$(\${CONFIG_SHELL} "\${srctree}/scripts/file-size.sh" \${kallsymso_prev})
	size2=$(\${CONFIG_SHELL} "\${srctree}/scripts/file-size.sh" \${kallsymso})`;
const extra = 'if [ $size1 -ne $size2 ] || [ -n "${KALLSYMS_EXTRA_PASS}" ]; then';
const head = `set -e
is_enabled() { grep -q "^$1=y" auto.conf; }
info() { :; }
`;
const start = '# Use "make V=1" to debug this script\n:\n';
const sysmap = 'mksysmap()\n{\n	echo "nm $1" >> log; cp symbols $2\n}\n';

/** 6.1 */
const steps = `${head}vmlinux_link()
{
	echo "link $1 $2" >> log; echo "code \${2:+table $(cat $2)}" > $1
}
kallsyms()
{
	cp next.S \${2}
}
kallsyms_step()
{
	kallsymso_prev=\${kallsymso}
	kallsyms_vmlinux=.tmp_vmlinux.kallsyms\${1}
	kallsymso=\${kallsyms_vmlinux}.o
	kallsyms_S=\${kallsyms_vmlinux}.S

	vmlinux_link \${kallsyms_vmlinux} "\${kallsymso_prev}" \${btf_vmlinux_bin_o}
	mksysmap \${kallsyms_vmlinux} \${kallsyms_vmlinux}.syms
	kallsyms \${kallsyms_vmlinux}.syms \${kallsyms_S}

	info AS \${kallsymso}
	\${CC} \${NOSTDINC_FLAGS} \\
	      -c -o \${kallsymso} \${kallsyms_S}
}
${sysmap}
${start}
kallsymso=""
if is_enabled CONFIG_KALLSYMS; then

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
cmp -s System.map \${kallsyms_vmlinux}.syms
`;

/** 6.10 and newer */
const named = `${head}vmlinux_link()
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
${start}
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
cmp -s System.map "\${kallsyms_sysmap}"
`;

/** 4.14 and 4.19 */
const plain = `${head}vmlinux_link()
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

const forms = [
  { script: steps, table: (n: number) => `.tmp_vmlinux.kallsyms${n}.o`, kernel: 'vmlinux' },
  { script: named, table: (n: number) => `.tmp_vmlinux${n}.kallsyms.o`, kernel: 'vmlinux.unstripped' },
  { script: plain, table: (n: number) => `.tmp_kallsyms${n}.o`, kernel: 'vmlinux' },
];

const test = suite<{ dir: string }>('link-script');
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  mkdirSync(join(context.dir, 'scripts'));
  writeFileSync(join(context.dir, 'scripts/file-size.sh'), 'stat -c %s $1\n');
  writeFileSync(join(context.dir, 'cc'), 'for i; do out=$in; in=$i; done; cp $in $out; echo "as" >> log\n');
  writeFileSync(join(context.dir, 'auto.conf'), 'CONFIG_KALLSYMS=y\n');
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

/** Runs it; each question is answered with the next word. @returns what was linked, and what was asked */
function run(dir: string, script: string, next: string, answers: readonly string[], env: Record<string, string> = {}) {
  writeFileSync(join(dir, 'next.S'), next);
  writeFileSync(join(dir, 'symbols'), next);
  writeFileSync(join(dir, 'log'), '');
  const ended = spawnSync('sh', ['-c', script], { cwd: dir, input: answers.map((word) => `${word}\n`).join(''), encoding: 'utf8', env: { ...process.env, CONFIG_SHELL: 'sh', srctree: '.', MAKE: 'true', AR: 'true', CC: 'sh ./cc', ...env } });
  const log = readFileSync(join(dir, 'log'), 'utf8').split('\n');
  return { status: ended.status, links: log.filter((line) => line.startsWith('link ')).length, lists: log.filter((line) => line.startsWith('nm ')).length, tables: log.filter((line) => line === 'as').length, asked: ended.stdout.split('\n').filter((line) => line.startsWith('kloop? table')), said: ended.stderr };
}

for (const [i, { script, table, kernel }] of forms.entries()) {
  const shorter = shorterScript(script) ?? '';
  const name = ['kallsyms_step', 'sysmap_and_kallsyms', 'up to 5.0'][i] ?? '';
  // 4.19's archive is asked about first.
  const first = i === 2 ? ['no'] : [];

  test(`${name}: with nothing of before, the script's own way`, ({ dir }) => {
    const before = run(dir, script, '12345', []);
    assert.is(before.status, 0, before.said);
    rmSync(join(dir, table(2)));
    const after = run(dir, shorter, '12345', first);
    assert.is(after.status, 0, after.said);
    assert.is(after.links, 3);
    assert.equal(after.asked, []);
  });

  test(`${name}: one link, and the table is put into it`, ({ dir }) => {
    run(dir, script, '12345', []);
    const ended = run(dir, shorter, '54321', [...first, 'yes']);
    assert.is(ended.status, 0, ended.said);
    assert.is(ended.links, 1);
    assert.is(ended.lists, 1);
    assert.is(ended.tables, 1);
    assert.is(ended.asked.length, 1);
    assert.match(ended.asked[0] ?? '', new RegExp(`^kloop\\? table \\S+2 ${table(1)} ${table(2)}$`));
    assert.is(readFileSync(join(dir, kernel), 'utf8'), 'code table 12345\n');
    assert.is(readFileSync(join(dir, table(2)), 'utf8'), '54321');
  });

  test(`${name}: of the same list the table is kept; where it is not known that they belong together it is made`, ({ dir }) => {
    const list = table(2).replace(/\.kallsyms\.o$|\.o$/, i === 2 ? '.S' : '.syms');
    run(dir, script, '12345', []);
    utimesSync(join(dir, list), 1, 1);
    const kept = run(dir, shorter, '12345', [...first, 'yes']);
    assert.is(kept.status, 0, kept.said);
    assert.is(kept.tables, 0);
    assert.is(kept.asked.length, 1);
    assert.is(readFileSync(join(dir, table(2)), 'utf8'), '12345');
    const future = new Date(Date.now() + 60_000);
    utimesSync(join(dir, list), future, future);
    assert.is(run(dir, shorter, '12345', [...first, 'yes']).tables, 1);
  });

  test(`${name}: where it cannot be put there, a second link; of another size, another pass, and a third`, ({ dir }) => {
    run(dir, script, '12345', []);
    const same = run(dir, shorter, '54321', [...first, 'no']);
    assert.is(same.status, 0, same.said);
    assert.is(same.links, 2);
    assert.is(readFileSync(join(dir, kernel), 'utf8'), 'code table 54321\n');
    const longer = run(dir, shorter, '1234567', [...first, 'no', 'no']);
    assert.is(longer.links, 3);
    assert.is(readFileSync(join(dir, kernel), 'utf8'), 'code table 1234567\n');
    // The newer one of passes 2 and 3 is the last.
    utimesSync(join(dir, table(2)), 1, 1);
    const last = run(dir, shorter, '7654321', [...first, 'yes']);
    assert.is(last.links, 1);
    assert.is(readFileSync(join(dir, kernel), 'utf8'), 'code table 1234567\n');
  });

  test(`${name}: what the user asks for, and what nobody answers`, ({ dir }) => {
    run(dir, script, '12345', []);
    assert.is(run(dir, shorter, '54321', first, { KALLSYMS_EXTRA_PASS: '1' }).links, 4);
    assert.is(run(dir, shorter, '54321', []).links, 2);
  });
}

test('4.19: the checks run beside the links, and their failure is the link\'s', ({ dir }) => {
  const shorter = shorterScript(plain) ?? '';
  assert.is(run(dir, shorter, '1', ['no']).status, 0);
  assert.is(readFileSync(join(dir, 'checked'), 'utf8'), 'check\n');
  writeFileSync(join(dir, 'make'), '#!/bin/sh\ncase "$*" in *modpost*) exit 3;; esac\n', { mode: 0o755 });
  assert.is(run(dir, shorter, '1', ['no'], { MAKE: './make' }).status, 3);
});

test('a script that is not known is left alone', () => {
  assert.is(shorterScript('#!/bin/sh\nset -e\n'), undefined);
  assert.is(shorterScript(steps.replace('kallsyms_step 2\n', 'kallsyms_step 2 more\n')), undefined);
  assert.is(shorterScript(steps.replace('vmlinux_link vmlinux "', 'vmlinux_link other "')), undefined);
  assert.is(shorterScript(named.replace('is_enabled CONFIG_KALLSYMS ||', 'is_enabled CONFIG_OTHER ||')), undefined);
});

test('whether the kernel is linked from vmlinux.o', () => {
  const script = '\tif is_enabled CONFIG_LTO_CLANG || is_enabled CONFIG_X86_KERNEL_IBT; then\n\t\t# Use it\n\t\tobjs=vmlinux.o\n';
  assert.ok(needsVmlinuxObject(script, new Set(['X86_KERNEL_IBT'])));
  assert.not(needsVmlinuxObject(script, new Set(['SMP'])));
  assert.not(needsVmlinuxObject('objs=vmlinux.a', new Set(['X86_KERNEL_IBT'])));
});

test.run();
