import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cmdPathOf } from '../../../tasks/kernel/inputs/cmd-file.ts';
import type { Change } from '../../../tasks/kernel/inputs/changes.ts';
import { Interner, type BuildIndex, type IndexEntry } from '../../../tasks/kernel/inputs/index-model.ts';
import { decide, type QuickFacts } from '../../../tasks/kernel/quick/decide.ts';

/** An index from lines `target: source? deps…`; a source begins with `<`. */
function indexOf(lines: readonly string[]): BuildIndex {
  const interner = new Interner('/b');
  const entries = lines.map((line): IndexEntry => {
    const [target = '', ...words] = line.split(/[:\s]+/);
    const source = words.find((word) => word.startsWith('<'))?.slice(1);
    const deps = words.map((word) => interner.number(word.replace('<', '')));
    return { path: `/b/${cmdPathOf(target)}`, mtimeMs: 0, size: 0, target: interner.number(target), source: source === undefined ? -1 : interner.number(source), deps: Uint32Array.from(deps), broken: false };
  });
  return { tree: { source: '/b', build: '/b' }, files: interner.files, entries };
}

const index = indexOf([
  'net/a.o: <net/a.c net/x.h net/y.h',
  'net/b.o: <net/b.c net/x.h',
  'net/built-in.a: net/a.o net/b.o net/mptcp.o',
  'net/ctrl.o: <net/ctrl.c',
  'net/mptcp.o: net/ctrl.o',
  'lib/l.o: <lib/l.S net/z.h',
  'lib/lib.a: lib/l.o',
  'built-in.a: net/built-in.a',
  'vmlinux.a: built-in.a',
  'vmlinux.o: vmlinux.a lib/lib.a',
  'gen/asm-offsets.s: <gen/asm-offsets.c net/y.h gen.h',
  'net/a.s: <net/s.c asked-for.h',
  'vdso/v.o: <vdso/v.c v.h',
  'vdso/v.so: vdso/v.o',
  'init/version-timestamp.o: <init/version-timestamp.c net/x.h',
  '.vmlinux.export.o: <.vmlinux.export.c export.h',
  'arch/x86/boot/main.o: <arch/x86/boot/main.c boot.h',
  'lost.o: <lost.c',
  'fs/one.o: <fs/one.c net/x.h',
  'fs/one.mod: fs/one.o',
  'fs/one.usyms: fs/one.o',
  'fs/one.ko: fs/one.o fs/one.mod.o',
  'fs/modules.order: fs/one.o fs/many/many.o',
  'fs/one.mod.o: <fs/one.mod.c net/x.h module.h export.h',
  'fs/many/libs/part.o: <fs/many/libs/part.c',
  'fs/many/many.o: @fs/many/many.mod',
  'fs/many/many.ko: fs/many/many.o fs/many/many.mod.o',
]);
const saved = { how: 'saved' as const, checkLocalExport: false };
const facts: QuickFacts = { config: new Set(['SMP']), exported: { KBUILD_VMLINUX_LIBS: 'lib/lib.a' }, link: 'makefiles', rules: { c: saved, S: saved }, leftovers: new Set(), composites: new Set(['/b/net/mptcp.o']), keepsConstants: true, modular: true, inModules: new Map([['/b/fs/one.o', ['/b/fs/one.o']], ['/b/fs/many/libs/part.o', ['/b/fs/many/many.o']]]) };
const edited = (path: string): Change => ({ kind: 'edited', path: `/b/${path}`, before: { mtimeMs: 1, size: 1 }, now: { mtimeMs: 2, size: 1 } });
const short = (path: string) => path.replaceAll('/b/', '');
const name = (entry: IndexEntry) => short(index.files[entry.target] ?? '');

function quick(...paths: string[]) {
  const decision = decide(paths.map(edited), index, facts, short);
  if (decision.kind !== 'quick') throw new Error(decision.why);
  return { objects: decision.objects.map(({ entry }) => name(entry)), archives: decision.archives.map(name), ...(decision.modules.length > 0 ? { modules: decision.modules.map(short), vmlinux: decision.vmlinux } : {}) };
}
function why(changes: Change[], other: QuickFacts | undefined = facts): string {
  const decision = decide(changes, index, other, short);
  return decision.kind === 'make' ? decision.why : 'quick';
}

test('a source: its object, and the archives above it in the order in which they are made', () => {
  assert.equal(quick('net/a.c'), { objects: ['net/a.o'], archives: ['net/built-in.a', 'built-in.a', 'vmlinux.a'] });
  assert.equal(quick('lib/l.S'), { objects: ['lib/l.o'], archives: ['lib/lib.a'] });
});

test('a composite object comes before the archive that holds it; not of its kind, and make builds it', () => {
  assert.equal(quick('net/ctrl.c'), { objects: ['net/ctrl.o'], archives: ['net/mptcp.o', 'net/built-in.a', 'built-in.a', 'vmlinux.a'] });
  assert.is(why([edited('net/ctrl.c')], { ...facts, composites: new Set() }), 'net/ctrl.o is linked into net/mptcp.o');
});

test('a header: what includes it, and nothing else; what the link compiles itself is left to it', () => {
  assert.equal(quick('net/x.h').objects, ['net/a.o', 'net/b.o', 'fs/one.o']);
  assert.equal(quick('net/a.c', 'net/x.h', 'lib/l.S').archives.filter((archive) => archive === 'built-in.a').length, 1);
});

test('what Kbuild makes a header of constants from is compiled, too, and is in no archive', () => {
  const decision = decide([edited('net/y.h')], index, facts, short);
  if (decision.kind !== 'quick') throw new Error(decision.why);
  assert.equal([decision.constants.map(name), decision.objects.map(({ entry }) => name(entry))], [['gen/asm-offsets.s'], ['net/a.o']]);
  assert.is(why([edited('net/y.h')], { ...facts, keepsConstants: false }), 'net/y.h is an input of gen/asm-offsets.s');
});

test("a module's object: what the module is linked from, and no vmlinux; a header of both makes both", () => {
  assert.equal(quick('fs/one.c'), { objects: ['fs/one.o'], archives: [], modules: ['fs/one.o'], vmlinux: false });
  assert.equal(quick('fs/many/libs/part.c'), { objects: ['fs/many/libs/part.o'], archives: ['fs/many/many.o'], modules: ['fs/many/many.o'], vmlinux: false });
  const both = quick('net/x.h');
  assert.equal(both.objects, ['net/a.o', 'net/b.o', 'fs/one.o']);
  assert.ok(both.modules?.join() === 'fs/one.o' && both.vmlinux);
  assert.equal(quick('module.h'), { objects: [], archives: [], modules: ['fs/one.o'], vmlinux: false }, 'modpost writes what reads it, and the last step compiles that');
  assert.equal(quick('module.h', 'fs/many/libs/part.c').modules, ['fs/many/many.o', 'fs/one.o']);
});

test('an object that an earlier configuration left is none', () => {
  assert.match(why([edited('lost.c')]), /unknown what lost\.o is linked into/);
  assert.is(why([edited('lost.c'), edited('net/a.c')], { ...facts, leftovers: new Set(['/b/lost.o']) }), 'quick');
});

test('make, with the reason', () => {
  assert.is(why([edited('.config')]), 'another configuration: .config');
  assert.is(why([edited('export.h')]), 'export.h is an input of .vmlinux.export.o, and of nothing else in vmlinux');
  assert.is(why([edited('export.h'), edited('fs/one.c')]), 'export.h is an input of .vmlinux.export.o, and of nothing else in vmlinux');
  assert.is(why([edited('export.h'), edited('net/a.c')]), 'quick');
  assert.is(why([edited('net/Makefile')]), 'makefile changed: net/Makefile');
  assert.is(why([edited('net/Kconfig')]), 'Kconfig changed: net/Kconfig');
  assert.is(why([edited('arch/x86/entry/syscalls/syscall_64.tbl')]), 'not a C, assembler or header file: arch/x86/entry/syscalls/syscall_64.tbl');
  assert.is(why([{ kind: 'added', path: '/b/net/new.c' }]), 'new file: net/new.c');
  assert.is(why([{ kind: 'missing', path: '/b/net/x.h' }, edited('net/a.c')]), 'removed: net/x.h');
  assert.is(why([{ kind: 'output', path: '/b/vmlinux', missing: true }]), 'vmlinux is missing');
  assert.is(why([{ kind: 'commit' }]), 'another commit is checked out');
  assert.is(why([]), 'no known input changed');
});

test('make, where a header makes more than objects, or an object goes where nobody knows', () => {
  assert.is(why([edited('gen.h')]), 'gen.h is an input of gen/asm-offsets.s alone');
  assert.is(why([edited('asked-for.h')]), 'asked-for.h is an input of net/a.s');
  assert.is(why([edited('v.h')]), 'vdso/v.o is linked into vdso/v.so');
  assert.is(why([edited('lost.c')]), 'it is unknown what lost.o is linked into');
  assert.is(why([edited('unknown.c')]), 'no known object depends on unknown.c');
  assert.is(why([edited('arch/x86/boot/main.c')]), 'no known object depends on arch/x86/boot/main.c');
});

test('make, where the tree is not understood', () => {
  assert.match(why([edited('net/a.c')], { ...facts, link: undefined }), /does not know/);
  assert.is(why([edited('net/a.c')], { ...facts, config: new Set(['LTO_CLANG']) }), 'CONFIG_LTO_CLANG');
});

test.run();
