/** The link's own script, run with a make that only writes down what it is given. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { IndexEntry } from '../../../tasks/kernel/inputs/index-model.ts';
import { linkScript } from '../../../tasks/kernel/quick/link.ts';

const test = suite<{ dir: string }>('link');
test.before.each((context) => {
  const dir = context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  writeFileSync(join(dir, 'make'), '#!/bin/sh\nname=${2##*.}\ncase $3 in -*|"") echo "$name";; *) echo "$name $3";; esac >> log\ncase "$FAIL" in *"$name"*) exit 3;; esac\n', { mode: 0o755 });
  writeFileSync(join(dir, '.built-in.a.cmd'), 'cmd_built-in.a := rm -f built-in.a; echo ar >> log\n');
  writeFileSync(join(dir, '.vmlinux.cmd'), 'cmd_vmlinux := sh scripts/link-vmlinux.sh ld; echo whole >> log\n');
  for (const name of ['vmlinux', '.vmlinux.d']) writeFileSync(join(dir, name), '');
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const entry = (dir: string): IndexEntry => ({ path: join(dir, '.built-in.a.cmd'), mtimeMs: 0, size: 0, target: 0, source: -1, deps: new Uint32Array(), broken: false });

function run(dir: string, asking: Parameters<typeof linkScript>[1], { form = 'makefiles', answer = 'no', fail = '' }: { form?: 'makefiles' | 'script'; answer?: string; fail?: string } = {}) {
  writeFileSync(join(dir, 'log'), '');
  const script = linkScript({ index: { tree: { source: dir, build: dir }, files: [join(dir, 'built-in.a')], entries: [] }, archives: [entry(dir)], form, vmlinux: true, hasModules: false, jobs: 1 }, asking);
  const ended = spawnSync('sh', ['-c', script ?? 'exit 99'], { cwd: dir, input: `${answer}\n`, encoding: 'utf8', env: { ...process.env, MAKE: './make', srctree: '.', FAIL: fail } });
  return { status: ended.status, log: readFileSync(join(dir, 'log'), 'utf8').trim().split('\n'), out: ended.stdout };
}
const shorter = (needsVmlinuxObject = false, command = 'echo shorter >> log') => ({ shorter: { command, output: 'vmlinux', needsVmlinuxObject } });

test("make's steps in make's order, and nothing asked", ({ dir }) => {
  const { status, log, out } = run(dir, undefined);
  assert.is(status, 0);
  assert.equal(log, ['ar', 'vmlinux_o', 'modpost', 'vmlinux']);
  assert.not(out.includes('kloop?'));
});

test('a script that is not known: the same, but for the archives that kloop has written', ({ dir }) => {
  assert.equal(run(dir, { shorter: undefined }).log, ['ar', 'vmlinux_o', 'modpost', 'vmlinux']);
  const { log, out } = run(dir, { shorter: undefined }, { answer: 'yes' });
  assert.equal(log, ['vmlinux_o', 'modpost', 'vmlinux']);
  assert.match(out, /^kloop\? archive built-in\.a$/m);
});

test('the checks run beside the link; make has the last word, upon a kernel that is newer than both', ({ dir }) => {
  utimesSync(join(dir, 'vmlinux'), 1, 1);
  const before = Date.now();
  const { status, log } = run(dir, shorter());
  assert.is(status, 0);
  assert.equal([...log].sort(), ['ar', 'modpost', 'shorter', 'vmlinux', 'vmlinux_o', 'vmlinux_o vmlinux.o']);
  assert.is(log.at(-1), 'vmlinux');
  // What else that makefile makes of it is made beside modpost.
  for (const later of ['vmlinux_o', 'modpost']) assert.ok(log.indexOf('vmlinux_o vmlinux.o') < log.indexOf(later), log.join());
  assert.ok(statSync(join(dir, 'vmlinux')).mtimeMs > before - 1000);
  assert.is(statSync(join(dir, '.vmlinux.d'), { throwIfNoEntry: false }), undefined);
});

test('modules alone: modpost over those that changed; where they export something else, or it fails, over all, and all are linked', ({ dir }) => {
  const some = { call: 'sh modpost', files: { order: '', objects: '', others: '', own: '' } };
  const link = (modpost: string) => {
    for (const [name, text] of [['log', ''], ['modules.order', ''], ['modpost', modpost], ['.kloop-modules.own', 'a\n']] as const) writeFileSync(join(dir, name), text);
    writeFileSync(join(dir, 'make'), '#!/bin/sh\necho "${2##*.} $4" >> log\n', { mode: 0o755 });
    const script = linkScript({ index: { tree: { source: dir, build: dir }, files: [], entries: [] }, archives: [], form: 'makefiles', vmlinux: false, hasModules: true, jobs: 1, some });
    const { status, stderr } = spawnSync('sh', ['-c', script ?? 'exit 99'], { cwd: dir, encoding: 'utf8', env: { ...process.env, MAKE: './make', srctree: '.' } });
    assert.is(status, 0);
    assert.equal(readdirSync(dir).filter((name) => name.startsWith('.kloop')), []);
    return [readFileSync(join(dir, 'log'), 'utf8').trim().split('\n').map((line) => line.trim()), stderr];
  };
  assert.equal(link('echo a > .kloop-modules.made; echo said >&2'), [['modfinal MODORDER=.kloop-modules.order'], 'said\n']);
  assert.equal(link('echo b > .kloop-modules.made; echo said >&2'), [['modpost', 'modfinal'], '']);
  assert.equal(link('echo said >&2; exit 1'), [['modpost', 'modfinal'], '']);
});

test('of modules of which only the code is new the last link is made without make; what is half made has another name', ({ dir }) => {
  const some = { call: 'sh modpost', files: { order: '', objects: '', others: '', own: '' } };
  const link = (modpost: string, command: string) => {
    for (const [name, text] of [['log', ''], ['modules.order', ''], ['modpost', modpost], ['.kloop-modules.own', ''], ['a.mod.c', ''], ['a.mod.o', ''], ['a.ko', 'old']] as const) writeFileSync(join(dir, name), text);
    for (const [name, at] of [['a.mod.c', 1000], ['a.mod.o', 1000]] as const) utimesSync(join(dir, name), at, at);
    const links = [{ module: 'a.ko', text: 'a.mod.c', object: 'a.mod.o', command, objects: 'a.o a.mod.o' }];
    const script = linkScript({ index: { tree: { source: dir, build: dir }, files: [], entries: [] }, archives: [], form: 'makefiles', vmlinux: false, hasModules: true, jobs: 1, some, links });
    const { status, stdout } = spawnSync('sh', ['-c', script ?? 'exit 99'], { cwd: dir, encoding: 'utf8', env: { ...process.env, MAKE: './make', srctree: '.', FAIL: '' } });
    return { status, stdout, log: readFileSync(join(dir, 'log'), 'utf8').trim(), module: readFileSync(join(dir, 'a.ko'), 'utf8').trim() };
  };
  // In the linker's place: it writes down how it was called.
  writeFileSync(join(dir, 'ld'), '#!/bin/sh\nfor a; do case "$before" in -o) to=$a;; esac; before=$a; done\necho "$*" > "$to"\n', { mode: 0o755 });
  const same = 'cp .kloop-modules.own .kloop-modules.made';
  assert.equal(link(same, './ld -r'), { status: 0, stdout: '  LD [M]  a.ko\n', log: '', module: '-r -o .kloop-modules.linked a.o a.mod.o' });
  assert.equal(link(`${same}; touch a.mod.c`, './ld -r'), { status: 0, stdout: '', log: 'modfinal', module: 'old' }, 'modpost wrote another text');
  assert.equal(link('echo b > .kloop-modules.made', './ld -r').log, 'modpost\nmodfinal', 'it exports something else');
  const failed = link(same, './ld -r -o .kloop-modules.linked; exit 4; :');
  assert.equal([failed.status, failed.module], [4, 'old']);
});

test('started before it may begin it waits, and does nothing where it may not', ({ dir }) => {
  const script = linkScript({ index: { tree: { source: dir, build: dir }, files: [], entries: [] }, archives: [], form: 'makefiles', vmlinux: false, hasModules: true, jobs: 1, begins: Promise.resolve(true) }, { shorter: undefined });
  const log = (answer: string) => {
    for (const name of ['log', 'modules.order', '.kloop-modules.own']) writeFileSync(join(dir, name), '');
    const { status, stdout } = spawnSync('sh', ['-c', script ?? 'exit 99'], { cwd: dir, input: answer, encoding: 'utf8', env: { ...process.env, MAKE: './make', srctree: '.', FAIL: '' } });
    assert.equal([status, stdout.startsWith('kloop? begin\n'), readdirSync(dir).filter((name) => name.startsWith('.kloop'))], [0, true, []]);
    return readFileSync(join(dir, 'log'), 'utf8').trim().split('\n').map((line) => line.trim());
  };
  assert.equal(log('yes\n'), ['modpost', 'modfinal']);
  for (const answer of ['no\n', '']) assert.equal(log(answer), ['']);
});

test('a kernel that is linked from vmlinux.o waits for it', ({ dir }) => {
  const { log } = run(dir, shorter(true));
  for (const later of ['shorter', 'vmlinux_o', 'modpost']) assert.ok(log.indexOf('vmlinux_o vmlinux.o') < log.indexOf(later), log.join());
  assert.is(run(dir, shorter(true), { fail: 'vmlinux_o' }).status, 3);
  assert.not(run(dir, shorter(true), { fail: 'vmlinux_o' }).log.includes('shorter'));
});

test('what fails of them fails all, and make does not go on', ({ dir }) => {
  for (const fail of ['vmlinux_o', 'modpost']) {
    const { status, log } = run(dir, shorter(), { fail });
    assert.is(status, 3, fail);
    assert.not(log.includes('vmlinux'), fail);
  }
  // As the saved command of a tree without a Makefile.postlink ends.
  for (const command of ['exit 4', 'sh -c "exit 4"; true']) {
    const { status, log } = run(dir, shorter(false, command));
    assert.is(status, 4, command);
    assert.not(log.includes('vmlinux'), command);
  }
});

test('older trees: the one script, as it was saved or with less to do', ({ dir }) => {
  assert.equal(run(dir, shorter(), { form: 'script' }).log, ['ar', 'shorter']);
  writeFileSync(join(dir, '.vmlinux.cmd'), 'cmd_vmlinux := echo whole >> log\n');
  assert.equal(run(dir, undefined, { form: 'script' }).log, ['ar', 'whole']);
});

test.run();
