import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compileCommandsPath, compilerCommand, writeCompileCommands } from '../../../tasks/kernel/inputs/compile-commands.ts';
import { findCmdFiles, refreshIndex } from '../../../tasks/kernel/inputs/index-store.ts';

test("the compiler's command alone, without what gcc alone knows; clang's as it is", () => {
  assert.is(
    compilerCommand(`gcc -Wp,-MMD,a/.b.o.d -mrecord-mcount -mpreferred-stack-boundary=3 -DKBUILD_MODNAME='"b"' -mindirect-branch=thunk-extern -mindirect-branch-register -O2 -c -o a/b.o a/b.c ; ./tools/objtool/objtool --orc a/b.o`),
    `gcc -Wp,-MMD,a/.b.o.d -DKBUILD_MODNAME='"b"' -O2 -c -o a/b.o a/b.c`,
  );
  assert.is(compilerCommand('ccache gcc -fconserve-stack -c -o a/b.o a/b.S'), 'ccache gcc -c -o a/b.o a/b.S');
  assert.is(compilerCommand('ccache clang-16 -fno-conserve-stack -mrecord-mcount -c -o a/b.o a/b.c'), 'ccache clang-16 -fno-conserve-stack -mrecord-mcount -c -o a/b.o a/b.c');
  assert.is(compilerCommand('gcc -DA=\\#b -c -o a/b.o a/b.c'), 'gcc -DA=#b -c -o a/b.o a/b.c');
  assert.is(compilerCommand('rm -f built-in.a; ar cDPrST built-in.a a.o'), undefined);
  assert.is(compilerCommand('nm *.o | sed s/a/b/ | gcc -c -o lib/lib-ksyms.o -'), undefined);
});

/** A build with a source, a program of tools/, an archive, and a file that is cut off. */
function build(): string {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-commands-'));
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  const object = (path: string) => `savedcmd_${path}.o := gcc -O2 -c -o ${path}.o ${path}.c\n\nsource_${path}.o := ${path}.c\n\ndeps_${path}.o := \\\n  include/a.h \\\n\n${path}.o: $(deps_${path}.o)\n\n$(deps_${path}.o):\n`;
  put('net/.b.o.cmd', object('net/b'));
  put('net/.a.o.cmd', object('net/a'));
  put('net/.built-in.a.cmd', 'savedcmd_net/built-in.a := ar cDPrST net/built-in.a net/a.o net/b.o\n');
  put('net/.c.o.cmd', object('net/c').slice(0, 60));
  put('tools/objtool/.d.o.cmd', object('d'));
  return dir;
}
const indexOf = (dir: string) => {
  const tree = { source: dir, build: dir };
  return refreshIndex(tree, undefined, findCmdFiles(tree));
};

test('each source that was compiled, by name; written again only where it changes', async () => {
  const dir = build();
  try {
    const path = compileCommandsPath({ build: dir });
    assert.is(writeCompileCommands(await indexOf(dir)), undefined);
    assert.equal(JSON.parse(readFileSync(path, 'utf8')), ['a', 'b'].map((name) => ({ directory: dir, file: join(dir, `net/${name}.c`), command: `gcc -O2 -c -o net/${name}.o net/${name}.c` })));
    const { ino } = statSync(path);
    writeCompileCommands(await indexOf(dir));
    assert.is(statSync(path).ino, ino);
    rmSync(join(dir, 'net/.b.o.cmd'));
    writeCompileCommands(await indexOf(dir));
    assert.equal((JSON.parse(readFileSync(path, 'utf8')) as { file: string }[]).map(({ file }) => file), [join(dir, 'net/a.c')]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("a symbolic link is a person's own; a directory that nothing can be written to is said", async () => {
  const dir = build();
  try {
    const index = await indexOf(dir);
    writeFileSync(join(dir, 'mine'), 'mine');
    symlinkSync('mine', compileCommandsPath({ build: dir }));
    assert.is(writeCompileCommands(index), undefined);
    assert.is(readFileSync(join(dir, 'mine'), 'utf8'), 'mine');
    assert.match(writeCompileCommands({ ...index, tree: { source: dir, build: '/proc/kloop' } }) ?? '', /^writing a file failed: \/proc\/kloop/);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
