import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Processes } from '../../../tasks/host/processes/process.ts';
import { compilerCommand, toolFixes, compilerIdentity, hostCompilerCommand } from '../../../tasks/kernel/make/compiler.ts';
import { withEnvironment } from '../../../tasks/text/make-variables.ts';
import { findCcacheDir, makeArguments, type HostFacts, type MakeCall } from '../../../tasks/kernel/make/call.ts';
import { lookAtTree, type KernelTree } from '../../../tasks/kernel/source/tree.ts';
import { littleTree, write } from '../../support/little-kernel.ts';
import { kernelFailure } from '../../../tasks/kernel/reasons.ts';

const test = suite<{ dir: string }>('compiler');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

/** A compiler that says which version it is, and counts how often it is asked. */
function standIn(dir: string, version: string): string {
  const path = join(dir, 'gcc');
  writeFileSync(path, `#!/bin/sh\necho asked >> ${dir}/asked\necho ${version}\n`);
  chmodSync(path, 0o755);
  return path;
}

function treeOf(dir: string, version: string, bootFlags: string): KernelTree {
  littleTree(dir, version);
  write(join(dir, 'arch/x86/Makefile'), 'REALMODE_CFLAGS := -std=gnu11 -m16\n');
  write(join(dir, 'arch/x86/boot/compressed/Makefile'), `KBUILD_CFLAGS := ${bootFlags}\n`);
  return lookAtTree(dir) as KernelTree;
}

test("the compiler's command, as Kbuild composes it", () => {
  assert.is(compilerCommand([]), 'gcc');
  assert.is(compilerCommand(['CROSS_COMPILE=x86_64-linux-gnu-']), 'x86_64-linux-gnu-gcc');
  assert.is(compilerCommand(['LLVM=1']), 'clang');
  assert.is(compilerCommand(['LLVM=0']), 'clang', 'as Kbuild has it');
  assert.is(compilerCommand(['LLVM=-15']), 'clang-15');
  assert.is(compilerCommand(['LLVM=/opt/llvm/bin/']), '/opt/llvm/bin/clang');
  assert.is(hostCompilerCommand(['CROSS_COMPILE=x86_64-linux-gnu-', 'CC=gcc-11']), 'gcc');
  assert.is(hostCompilerCommand(['LLVM=-15']), 'clang-15');
  assert.is(hostCompilerCommand(['HOSTCC=gcc-11']), 'gcc-11');
  assert.is(compilerCommand(['CC=gcc-11', 'V=1', 'CC=gcc-12']), 'gcc-12');
});

test('gcc 15 and an old tree: given the standard, and told', async ({ dir }) => {
  const tree = treeOf(join(dir, 'linux'), '5.4', '-m64');
  const gcc = standIn(dir, '15.1.1');
  assert.equal(await toolFixes([`CC=${gcc}`, 'HOSTCC=true', 'LD=true'], tree, new Processes()), [
    { variable: 'CC', flags: '-std=gnu11', words: `${gcc} 15.1.1 defaults to C23, which Linux 5.4.0 does not support: adding -std=gnu11 to CC` },
  ]);
});

test('gcc 14, a tree with the fix, a new tree, a standard given, clang, no compiler: nothing', async ({ dir }) => {
  const old = treeOf(join(dir, 'old'), '5.4', '-m64');
  const processes = new Processes();
  assert.equal(await toolFixes([`CC=${standIn(dir, '14.2')}`, 'HOSTCC=true', 'LD=true'], old, processes), []);
  const gcc = standIn(dir, '15');
  rmSync(join(dir, 'asked'));
  assert.equal(await toolFixes([`CC=${gcc}`], treeOf(join(dir, 'fixed'), '6.1', '-m64 -std=gnu11'), processes), []);
  assert.equal(await toolFixes([`CC=${gcc}`], treeOf(join(dir, 'new'), '6.14', '-m64'), processes), []);
  assert.throws(() => rmSync(join(dir, 'asked')), 'ENOENT'); // nobody was asked
  assert.equal(await toolFixes([`CC=${gcc} -std=gnu17`, 'HOSTCC=true', 'LD=true'], old, processes), []);
  assert.equal(await toolFixes(['LLVM=1', 'LD=true'], old, processes), []);
  assert.equal(await toolFixes(['CC=/nowhere/gcc', 'HOSTCC=/nowhere/gcc', 'LD=/nowhere/ld'], old, processes), []);
});

const facts: HostFacts = { fixes: [], compilers: [], ccacheDir: undefined, path: '/usr/bin', env: {}, machine: 'x64' };
const settings = { kernelMakeArgs: [], kernelCc: undefined, kernelBuildDir: undefined, ccache: 'auto' } as const;

test('the call', () => {
  const call = makeArguments({ ...settings, kernelMakeArgs: ['LLVM=1', 'KCFLAGS=-O1 -g'], kernelBuildDir: '/b' }, '/tree', { ...facts, ccacheDir: '/usr/lib/ccache' }) as MakeCall;
  assert.equal(call.argv, ['make', 'LLVM=1', 'KCFLAGS=-O1 -g', 'O=/b']);
  assert.is(call.cwd, '/tree');
  assert.is(call.env['PATH'], '/usr/lib/ccache:/usr/bin');
  assert.not('CCACHE_DEPEND' in call.env, "not in make's builds: .incbin");
  assert.ok('ARCH' in call.env && call.env['ARCH'] === undefined); // the caller's ARCH=arm64 is taken away
  const old = makeArguments(settings, '/tree', { ...facts, machine: 'arm64', fixes: [{ variable: 'CC', flags: '-std=gnu11', words: 'w' }, { variable: 'HOSTCC', flags: '-fcommon', words: 'v' }] }) as MakeCall;
  assert.equal(old.argv, ['make', 'CC=gcc -std=gnu11', 'HOSTCC=gcc -fcommon']);
  const kaflags = makeArguments({ ...settings, kernelMakeArgs: ['KAFLAGS=-g'] }, '/tree', { ...facts, fixes: [{ variable: 'KAFLAGS', flags: '-Wa,-mshared', words: '' }] }) as MakeCall;
  assert.is(kaflags.argv.at(-1), 'KAFLAGS=-g -Wa,-mshared');
  assert.equal(old.given, [], 'what a person is told to set has none of that');
  assert.is(old.env['ARCH'], 'x86_64');
  assert.equal(old.fixes, ['w', 'v']);
  assert.equal(old.words, []);
});

test("the caller's environment counts as it does for make", () => {
  const mine = { LLVM: '-15', CROSS_COMPILE: 'x-', KCFLAGS: '-O1', KAFLAGS: '-g', KCPPFLAGS: '-DX', W: '1', CC: 'tcc' };
  const call = makeArguments(settings, '/tree', { ...facts, env: mine }) as MakeCall;
  for (const name of Object.keys(mine)) assert.not(name in call.env, name);
  assert.match(call.words.join('\n'), /^CC=tcc in the environment is not used/m);
  assert.is(compilerCommand(withEnvironment([], mine)), 'clang-15');
  assert.is(compilerCommand(withEnvironment(['LLVM='], mine)), 'x-gcc');
  const old = makeArguments(settings, '/tree', { ...facts, env: { CROSS_COMPILE: 'x-' }, fixes: [{ variable: 'CC', flags: '-std=gnu11', words: '' }, { variable: 'CC', flags: '-fno-pie', words: '' }] }) as MakeCall;
  assert.equal(old.argv, ['make', 'CC=x-gcc -std=gnu11 -fno-pie']);
});

test('a build directory that Kbuild cannot take', () => {
  const call = makeArguments({ ...settings, kernelBuildDir: '/a b' }, '/tree', facts);
  assert.ok(kernelFailure.is(call, 'path-refused'));
});

test("ccache's stand-ins: where the compiler at hand has one", ({ dir }) => {
  mkdirSync(join(dir, 'one'));
  mkdirSync(join(dir, 'two'));
  symlinkSync('/bin/true', join(dir, 'two/gcc'));
  const dirs = [join(dir, 'one'), join(dir, 'two')];
  assert.is(findCcacheDir(settings, dirs), join(dir, 'two'));
  assert.is(findCcacheDir({ ...settings, kernelMakeArgs: ['LLVM=1'] }, dirs), undefined);
  assert.is(findCcacheDir({ ...settings, ccache: 'off' }, dirs), undefined);
});

test("a compiler's identity changes with its file", ({ dir }) => {
  const gcc = standIn(dir, '12');
  const before = compilerIdentity([`CC=ccache ${gcc} -pipe`]);
  assert.match(before, gcc);
  assert.is(compilerIdentity([`CC=${gcc}`]), before);
  utimesSync(gcc, 1, 1);
  assert.is.not(compilerIdentity([`CC=${gcc}`]), before);
  assert.match(compilerIdentity(['CC=/nowhere/gcc']), 'none');
});

test.run();
