/** The forms of scripts/link-vmlinux.sh, and what becomes of them. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { needsVmlinuxObject, shorterScript, versionCommand, versionMade } from '../../../tasks/kernel/quick/link-script.ts';
import { compared, named, older, plain, steps, unlisted } from './link-scripts.ts';

const forms = [
  { name: 'kallsyms_step', script: steps, table: (n: number) => `.tmp_vmlinux.kallsyms${n}.o`, list: '.syms' },
  { name: 'sysmap_and_kallsyms', script: named, table: (n: number) => `.tmp_vmlinux${n}.kallsyms.o`, list: '.syms', kernel: 'vmlinux.unstripped' },
  { name: 'kallsymso_changed', script: compared, table: (n: number) => `.tmp_vmlinux${n}.kallsyms.o`, list: '.syms', kernel: 'vmlinux.unstripped' },
  // Its archive is asked about first.
  { name: 'up to 5.3', script: plain, table: (n: number) => `.tmp_kallsyms${n}.o`, list: '.S', first: ['no'] },
  { name: '5.4', script: older, table: (n: number) => `.tmp_kallsyms${n}.o`, list: '.S' },
  { name: '5.5 to 5.18', script: unlisted, table: (n: number) => `.tmp_vmlinux.kallsyms${n}.o`, list: '.S' },
];
const none = new Set<string>();

const test = suite<{ dir: string }>('link-script');
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  mkdirSync(join(context.dir, 'scripts'));
  writeFileSync(join(context.dir, 'scripts/file-size.sh'), 'stat -c %s $1\n');
  writeFileSync(join(context.dir, 'cc'), 'for i; do out=$in; in=$i; done; cp $in $out; echo "as" >> log\n');
  writeFileSync(join(context.dir, 'objcopy'), 'for out; do :; done; : > $out\n');
  // A table's own symbols: what is before a colon.
  writeFileSync(join(context.dir, 'nm'), 'cut -s -d: -f1 $2\n');
  mkdirSync(join(context.dir, 'include/config'), { recursive: true });
  writeFileSync(join(context.dir, 'include/config/auto.conf'), '#\nCONFIG_A_MODULE=m\nCONFIG_TEXT="CONFIG_IN_TEXT=y"\nCONFIG_KALLSYMS=y\nCONFIG_LAST_ONE=y\n');
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

/** Runs it; each question is answered with the next word. @returns what was linked, and what was asked */
function run(dir: string, script: string, next: string, answers: readonly string[], env: Record<string, string> = {}) {
  writeFileSync(join(dir, 'next.S'), next);
  writeFileSync(join(dir, 'symbols'), next);
  writeFileSync(join(dir, 'log'), '');
  const ended = spawnSync('sh', ['-c', script], { cwd: dir, input: answers.map((word) => `${word}\n`).join(''), encoding: 'utf8', env: { ...process.env, CONFIG_SHELL: 'sh', srctree: '.', CONFIG_KALLSYMS: 'y', MAKE: 'true', AR: 'true', OBJCOPY: 'sh ./objcopy', CC: 'sh ./cc', NM: 'sh ./nm', ...env } });
  const log = readFileSync(join(dir, 'log'), 'utf8').split('\n');
  return { status: ended.status, links: log.filter((line) => line.startsWith('link ')).length, lists: log.filter((line) => line.startsWith('nm ')).length, tables: log.filter((line) => line === 'as').length, asked: ended.stdout.split('\n').filter((line) => line.startsWith('kloop? table')), said: ended.stderr };
}

for (const { name, script, table, list: listEnd, kernel = 'vmlinux', first = [] } of forms) {
  const shorter = shorterScript(script, none) ?? '';

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
    const list = table(2).replace(/\.kallsyms\.o$|\.o$/, listEnd);
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
    assert.is(run(dir, shorter, '1234:67', [...first, 'no', 'no']).links, 3, 'of one size, but with its parts in other places');
    // The newer one of passes 2 and 3 is the last.
    utimesSync(join(dir, table(2)), 1, 1);
    const last = run(dir, shorter, '7654321', [...first, 'yes']);
    assert.is(last.links, 1);
    assert.is(readFileSync(join(dir, kernel), 'utf8'), 'code table 1234:67\n');
  });

  test(`${name}: what the user asks for, and what nobody answers`, ({ dir }) => {
    run(dir, script, '12345', []);
    assert.is(run(dir, shorter, '54321', first, { KALLSYMS_EXTRA_PASS: '1' }).links, 4);
    assert.is(run(dir, shorter, '54321', []).links, 2);
  });
}

for (const [name, script] of [['6.1', steps], ['6.12', named]] as const) {
  test(`${name}: the version is not compiled again where that was done before`, ({ dir }) => {
    const shorter = shorterScript(script, none) ?? '';
    writeFileSync(join(dir, 'make'), '#!/bin/sh\necho "$*" >> made\n', { mode: 0o755 });
    run(dir, script, '1', []);
    assert.is(run(dir, shorter, '1', ['yes'], { MAKE: './make', [versionMade]: 'y' }).status, 0);
    assert.not(existsSync(join(dir, 'made')));
    assert.is(run(dir, shorter, '1', ['yes'], { MAKE: './make' }).status, 0);
    assert.is(readFileSync(join(dir, 'made'), 'utf8'), '-f ./scripts/Makefile.build obj=init init/version-timestamp.o\n');
    assert.is(versionCommand(script), '${MAKE} -f "${srctree}/scripts/Makefile.build" obj=init init/version-timestamp.o');
  });
}

for (const [name, script] of [['6.18', named], ['6.12.100', compared]] as const) {
  test(`${name}: the sizes are listed once, of the kernel that is linked`, ({ dir }) => {
    const shorter = shorterScript(script, none) ?? '';
    // Slower than all that runs beside it: the kernel keeps its name as long.
    writeFileSync(join(dir, 'nm'), 'case $1 in -S) echo "size $2" >> log; sleep 0.1; echo "sizes of $(cat $2)";; *) cut -s -d: -f1 $2;; esac\n');
    const sizes = (next: string, answers: readonly string[], which = shorter) => {
      assert.is(run(dir, which, next, answers).status, 0);
      return readFileSync(join(dir, 'log'), 'utf8').split('\n').filter((line) => /^siz|^sorted/.test(line));
    };
    assert.equal(sizes('12345', [], script), ['size vmlinux.unstripped', 'sorted by sizes of code table 12345']);
    assert.equal(sizes('54321', ['yes']), ['size .tmp_vmlinux2', 'sorted by sizes of code table 12345']);
    assert.is(sizes('12345', ['no']).at(-1), 'sorted by sizes of code table 12345');
    assert.is(sizes('1234567', ['no', 'yes']).at(-1), 'sorted by sizes of code table 1234567');
  });
}

test("options are what grep says of them, without a grep each", ({ dir }) => {
  const begin = (script: string) => /(?:kloop_options="[^]*?"\n)?is_enabled\(\) \{[^]*?\n\}\n/.exec(script)?.[0] ?? '';
  const ask = 'for o in KALLSYMS LAST_ONE LAST LAST_ONE_ KALL A_MODULE IN_TEXT TEXT ABSENT; do is_enabled CONFIG_$o && echo $o || :; done';
  const answers = [named, shorterScript(named, none) ?? ''].map((script) => spawnSync('sh', ['-ec', begin(script) + ask], { cwd: dir, encoding: 'utf8' }).stdout);
  assert.equal(answers, ['KALLSYMS\nLAST_ONE\n', 'KALLSYMS\nLAST_ONE\n']);
  assert.not.match(shorterScript(named, none) ?? '', /grep -q "\^\$1=y"/);
});

test('up to 6.0 the version is the script\'s own affair', () => {
  for (const script of [plain, older, unlisted]) assert.is(versionCommand(script), undefined);
});

for (const [name, script] of [['4.19', plain], ['5.4', older], ['5.15', unlisted]] as const) {
  test(`${name}: the checks run beside the links, and their failure is the link's`, ({ dir }) => {
    const shorter = shorterScript(script, none) ?? '';
    assert.match(shorter, /^kloop_checks=\$!$/m);
    assert.is(run(dir, shorter, '1', ['no']).status, 0);
    assert.is(readFileSync(join(dir, 'checked'), 'utf8'), 'check\n');
    writeFileSync(join(dir, 'make'), '#!/bin/sh\ncase "$*" in *modpost*) exit 3;; esac\n', { mode: 0o755 });
    assert.is(run(dir, shorter, '1', ['no'], { MAKE: './make' }).status, 3);
  });
}

test('a kernel that is linked from vmlinux.o has that before', () => {
  const script = unlisted.replace('vmlinux_link()\n{\n', 'vmlinux_link()\n{\n\tif is_enabled CONFIG_LTO_CLANG || is_enabled CONFIG_X86_KERNEL_IBT; then\n\t\tobjs=vmlinux.o\n\tfi\n');
  assert.match(shorterScript(script, none) ?? '', 'kloop_checks');
  assert.not.match(shorterScript(script, new Set(['X86_KERNEL_IBT'])) ?? '', 'kloop_checks');
});

test('a script that is not known is left alone', () => {
  assert.is(shorterScript('#!/bin/sh\nset -e\n', none), undefined);
  assert.is(shorterScript(steps.replace('kallsyms_step 2\n', 'kallsyms_step 2 more\n'), none), undefined);
  assert.is(shorterScript(steps.replace('vmlinux_link vmlinux "', 'vmlinux_link other "'), none), undefined);
  assert.is(shorterScript(named.replace('is_enabled CONFIG_KALLSYMS ||', 'is_enabled CONFIG_OTHER ||'), none), undefined);
});

test('whether the kernel is linked from vmlinux.o', () => {
  const script = '\tif is_enabled CONFIG_LTO_CLANG || is_enabled CONFIG_X86_KERNEL_IBT; then\n\t\t# Use it\n\t\tobjs=vmlinux.o\n';
  assert.ok(needsVmlinuxObject(script, new Set(['X86_KERNEL_IBT'])));
  assert.not(needsVmlinuxObject(script, new Set(['SMP'])));
  assert.not(needsVmlinuxObject('objs=vmlinux.a', new Set(['X86_KERNEL_IBT'])));
});

test.run();
