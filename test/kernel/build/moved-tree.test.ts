/** Little trees whose `.cmd` files name another place. The real ones: moved-tree.long.test.ts. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { stateOf, type FileState } from '../../../tasks/host/files.ts';
import { fileStates } from '../../../tasks/kernel/inputs/changes.ts';
import { saveSnapshot } from '../../../tasks/kernel/inputs/snapshot-store.ts';
import { mayHaveMoved, movedFrom, movedWords, putPathsRight } from '../../../tasks/kernel/build/moved-tree.ts';

const test = suite<{ dir: string }>('moved-tree');
test.before.each((context) => { context.dir = realpathSync(mkdtempSync(join(tmpdir(), 'kloop-moved-'))); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

/** Long ago: what is written by a test is newer. */
const then = 1_000_000_000.123456;

function put(path: string, text: string, time = then): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  utimesSync(path, time, time);
}

const tool = (build: string, source: string) => `cmd_${build}/tools/objtool/check.o := gcc -Wp,-MD,${build}/tools/objtool/.check.o.d -I${source}/tools/include -c -o ${build}/tools/objtool/check.o check.c

source_${build}/tools/objtool/check.o := check.c

deps_${build}/tools/objtool/check.o := \\
  ${source}/tools/include/linux/kernel.h \\

${build}/tools/objtool/check.o: $(deps_${build}/tools/objtool/check.o)

$(deps_${build}/tools/objtool/check.o):
`;
const object = (source: string, name: string) => `savedcmd_${name}.o := gcc -I${source}/include -c -o ${name}.o ${source}/${name}.c

source_${name}.o := ${source}/${name}.c

deps_${name}.o := \\
  ${source}/include/linux/init.h \\

${name}.o: $(deps_${name}.o)

$(deps_${name}.o):
`;

/** A tree that was built in place. */
function builtInPlace(source: string): void {
  put(join(source, 'tools/objtool/.check.o.cmd'), tool(source, source));
  put(join(source, 'tools/objtool/check.c'), '');
}

/** A tree, and a build of it elsewhere with what kloop keeps of it. @returns where the snapshot is */
function builtApart(dir: string, source: string, build: string): string {
  const inputs = new Map<string, FileState>();
  for (const name of ['init/main.c', 'net/socket.c', 'include/linux/init.h']) {
    put(join(source, name), name);
    inputs.set(join(source, name), stateOf(join(source, name)) as FileState);
  }
  put(join(build, 'init/.main.o.cmd'), object(source, 'init/main'));
  put(join(build, 'net/.socket.o.cmd'), object(source, 'net/socket'));
  put(join(build, 'scripts/gdb/.gdb.py.cmd'), `savedcmd_scripts/gdb/gdb.py := ln -fsn ${source}/scripts/gdb/gdb.py scripts/gdb/gdb.py\n`);
  put(join(build, 'tools/objtool/.check.o.cmd'), tool(build, source));
  const snapshot = join(dir, 'inputs');
  saveSnapshot(snapshot, { source, build }, {
    made: new Set(),
    snapshot: { startedMs: then * 1000 + 5000, outputs: fileStates(new Map()), inputs: fileStates(inputs), products: fileStates(new Map()), unsure: new Set(), absent: new Set(), dirs: { paths: [], mtimes: new Float64Array(), names: [] }, commit: undefined },
  });
  return snapshot;
}

const allOf = (build: string) => ['init/.main.o.cmd', 'net/.socket.o.cmd', 'tools/objtool/.check.o.cmd'].map((name) => readFileSync(join(build, name), 'utf8')).join('');

test('a tree where it was built is left alone, by whatever name it is called', ({ dir }) => {
  const source = join(dir, 'linux');
  builtInPlace(source);
  symlinkSync(source, join(dir, 'by-another-name'));
  for (const path of [source, join(dir, 'by-another-name')]) {
    assert.is(movedFrom({ source: path, build: path }), undefined);
    assert.equal(putPathsRight({ source: path, build: path }, join(dir, 'none')), []);
  }
  assert.is(movedFrom({ source: join(dir, 'none'), build: join(dir, 'none') }), undefined);
});

test('moved: the paths are put right, the times stay, and files that only look like it are not touched', ({ dir }) => {
  const [old, source] = [join(dir, 'old'), join(dir, 'linux')];
  builtInPlace(old);
  const mine = `# cmd_ of ${old}/tools/objtool/mine\n`;
  put(join(old, 'tools/objtool/.mine.cmd'), mine);
  put(join(old, 'tools/objtool/notes'), `${old}/tools`);
  renameSync(old, source);
  const tree = { source, build: source };
  const moved = movedFrom(tree);
  assert.is(moved === undefined ? '' : movedWords(moved), `it was built in ${old}, then moved or copied here`);
  const cmd = join(source, 'tools/objtool/.check.o.cmd');
  const { atimeMs, mtimeMs, mode } = statSync(cmd);
  assert.equal(putPathsRight(tree, join(dir, 'none')), [`this kernel was built in ${old}: 1 files in tools/ contain that path. They were fixed, and nothing needs recompiling because of the move`]);
  const after = statSync(cmd);
  // No older than it was: it has to be no older than its target.
  assert.ok(after.mtimeMs >= mtimeMs && after.mtimeMs - mtimeMs < 0.002, `${after.mtimeMs - mtimeMs}`);
  assert.ok(Math.abs(after.atimeMs - atimeMs) < 0.002, `${after.atimeMs - atimeMs}`);
  assert.is(after.mode, mode);
  assert.is(readFileSync(cmd, 'utf8'), tool(source, source));
  assert.is(readFileSync(join(source, 'tools/objtool/.mine.cmd'), 'utf8'), mine);
  assert.is(readFileSync(join(source, 'tools/objtool/notes'), 'utf8'), `${old}/tools`);
  assert.equal(putPathsRight(tree, join(dir, 'none')), []);
});

test('moved away and back: a few files tell that a build elsewhere came between', ({ dir }) => {
  const [old, source] = [join(dir, 'old'), join(dir, 'linux')];
  const linked = (build: string) => tool(build, build).replaceAll('check', 'objtool-in');
  put(join(source, 'tools/objtool/.objtool-in.o.cmd'), linked(source));
  assert.not(mayHaveMoved({ source, build: source }));
  put(join(source, 'tools/objtool/.objtool-in.o.cmd'), linked(old));
  assert.ok(mayHaveMoved({ source, build: source }));
  assert.is(movedFrom({ source, build: source })?.build, old);
  const [apart, build] = [join(dir, 'apart'), join(dir, 'build')];
  builtApart(dir, apart, build);
  assert.not(mayHaveMoved({ source: apart, build }));
  renameSync(apart, join(dir, 'elsewhere'));
  assert.ok(mayHaveMoved({ source: join(dir, 'elsewhere'), build }));
  assert.not(mayHaveMoved({ source: join(dir, 'none'), build: join(dir, 'none') }));
});

test('a kernel with debug information: it still names the old place, and that is said', ({ dir }) => {
  const [old, source] = [join(dir, 'old'), join(dir, 'linux')];
  builtInPlace(old);
  put(join(old, 'include/config/auto.conf'), 'CONFIG_DEBUG_INFO=y\n');
  renameSync(old, source);
  assert.match((putPathsRight({ source, build: source }, join(dir, 'none')) as string[])[1] ?? '', `its debug information still contains ${old}`);
});

test('a build directory that was moved, and its source was not', ({ dir }) => {
  const [source, old, build] = [join(dir, 'linux'), join(dir, 'old'), join(dir, 'build')];
  const snapshot = builtApart(dir, source, old);
  renameSync(old, build);
  assert.is((putPathsRight({ source, build }, snapshot) as string[]).length, 1);
  assert.is(readFileSync(join(build, 'tools/objtool/.check.o.cmd'), 'utf8'), tool(build, source));
});

test('the source was moved: put right where all that was compiled is as it was, or newer', ({ dir }) => {
  const [old, source, build] = [join(dir, 'old'), join(dir, 'linux'), join(dir, 'build')];
  const snapshot = builtApart(dir, old, build);
  renameSync(old, source);
  put(join(source, 'net/socket.c'), 'edited since', then + 100);
  const moved = movedFrom({ source, build });
  assert.is(moved === undefined ? '' : movedWords(moved), `it was compiled from ${old}, but the source is somewhere else now`);
  assert.match((putPathsRight({ source, build }, snapshot) as string[]).join('\n'), `this kernel was built in ${old}: 3 files contain that path. They were fixed`);
  assert.is(allOf(build), object(source, 'init/main') + object(source, 'net/socket') + tool(build, source));
  // Where a link leads make has to say: it leads to the old place still.
  assert.match(readFileSync(join(build, 'scripts/gdb/.gdb.py.cmd'), 'utf8'), `${old}/scripts`);
  assert.is(movedFrom({ source, build }), undefined);
});

test('another source in the place of the one that was compiled: make compiles, and kloop says why', ({ dir }) => {
  const [old, source, build] = [join(dir, 'old'), join(dir, 'linux'), join(dir, 'build')];
  const snapshot = builtApart(dir, old, build);
  const before = allOf(build);
  for (const name of ['init/main.c', 'net/socket.c', 'include/linux/init.h']) put(join(source, name), name);
  // Older than the object, and yet not what it comes from.
  put(join(source, 'net/socket.c'), 'of another version', then - 100);
  assert.match((putPathsRight({ source, build }, snapshot) as string[]).join('\n'), `compiled from ${old}, and every command contains that path: make recompiles all of it, because net/socket.c has changed`);
  assert.match((putPathsRight({ source, build }, join(dir, 'none')) as string[]).join('\n'), 'because it is unknown which files it was compiled from');
  rmSync(join(source, 'net/socket.c'));
  assert.match((putPathsRight({ source, build }, snapshot) as string[]).join('\n'), 'because net/socket.c is missing');
  assert.is(allOf(build), before);
  assert.ok(existsSync(old));
});

test('a tree and the build directory within it, moved as one', ({ dir }) => {
  const [old, source] = [join(dir, 'old'), join(dir, 'linux')];
  builtApart(dir, old, join(old, 'out/x86'));
  renameSync(old, source);
  const build = join(source, 'out/x86');
  assert.match((putPathsRight({ source, build }, join(dir, 'none')) as string[]).join('\n'), 'They were fixed');
  assert.is(allOf(build), object(source, 'init/main') + object(source, 'net/socket') + tool(build, source));
});

test('as Kbuild has it for a build directory right below the source: that is named by ..', ({ dir }) => {
  const [old, source] = [join(dir, 'old'), join(dir, 'linux')];
  put(join(old, 'build/init/.main.o.cmd'), object('..', 'init/main'));
  put(join(old, 'build/tools/objtool/.check.o.cmd'), tool(join(old, 'build'), old));
  renameSync(old, source);
  const build = join(source, 'build');
  assert.is((putPathsRight({ source, build }, join(dir, 'none')) as string[]).length, 1);
  assert.is(readFileSync(join(build, 'tools/objtool/.check.o.cmd'), 'utf8'), tool(build, source));
});

test.run();
