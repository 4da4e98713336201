import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Processes } from '../../../tasks/host/processes/process.ts';
import { withNewerCompiler } from '../../../tasks/kernel/make/newer-compiler.ts';
import { makeFailure } from '../../../tasks/kernel/make/reasons.ts';
import { shellWords } from '../../../tasks/text/values.ts';
import { littleTree } from '../../support/little-kernel.ts';

const test = suite<{ dir: string }>('newer compiler');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

function compiler(dir: string, version: string): string {
  const path = join(dir, 'gcc');
  writeFileSync(path, `#!/bin/sh\necho ${version}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** What is said of a file of a tree that a compiler stopped at. */
async function told(dir: string, { file, line, version = '4.19', gcc = '12.2.0', args = [], builtBefore = false, older = [] }: { file: string; line: string; version?: string; gcc?: string; args?: string[]; builtBefore?: boolean; older?: string[] }) {
  const tree = littleTree(join(dir, 'linux'), version);
  const path = compiler(dir, gcc);
  const failure = makeFailure({ reason: 'compile-failed', targets: ['x.o'], said: [`${file}:1:2: error: ${line}`], log: '/log' });
  const { words } = await withNewerCompiler(failure, { tree: { source: tree, build: tree }, args: [`CC=${path}`, `HOSTCC=${path}`, ...args], env: {}, builtBefore, processes: new Processes(), installed: older });
  return { words, path, settings: (words.fix ?? []).map((fix) => /^KERNEL_MAKE_ARGS=(.*) npm run kernel$/.exec(fix)?.[1] ?? fix) };
}

/** KERNEL_MAKE_ARGS as a shell would hand it over, cut into words as kloop does. */
function argsOf(setting: string): readonly string[] {
  const outer = shellWords(setting);
  const inner = 'wrong' in outer ? outer : shellWords(outer.value.join(' '));
  return 'wrong' in inner ? [inner.wrong] : inner.value;
}

test('a warning that an old tree makes an error: what it is, and the setting that gets past it', async ({ dir }) => {
  const { words, settings, path } = await told(dir, { file: 'subcmd-util.h', line: 'may be used [-Werror=use-after-free]', args: ['V=0'] });
  assert.equal(words.why, ["gcc 12.2.0 is newer than this tree (Linux 4.19.0); the tree's own -Werror stopped it."]);
  assert.equal(argsOf(settings[0] ?? ''), [`CC=${path}`, 'V=0', `HOSTCC=${path} -Wno-error=use-after-free`]);
});

test("in the kernel's own code it is KCFLAGS, with what was there before", async ({ dir }) => {
  const { settings } = await told(dir, { file: 'net/mptcp/pm.c', line: 'x [-Werror=array-bounds]', args: ['KCFLAGS=-O1'] });
  assert.equal(argsOf(settings[0] ?? '').at(-1), 'KCFLAGS=-O1 -Wno-error=array-bounds');
});

test('an older compiler that is installed is offered, after the setting', async ({ dir }) => {
  const { settings } = await told(dir, { file: 'net/mptcp/pm.c', line: 'x [-Werror=array-bounds]', older: ['gcc-8', 'gcc-11'] });
  assert.match(settings[0] ?? '', 'KCFLAGS=-Wno-error=array-bounds');
  assert.is(settings[1], 'KERNEL_CC=gcc-8 npm run kernel');
});

test('a tree that never compiled, and an error that no table knows: the older compiler alone', async ({ dir }) => {
  const unknown = { file: 'net/mptcp/pm.c', line: "'asm' operand has impossible constraints" };
  const { words, settings } = await told(dir, { ...unknown, older: ['gcc-8'] });
  assert.equal(words.why, ['gcc 12.2.0 is newer than this tree (Linux 4.19.0).']);
  assert.is(settings[0], 'KERNEL_CC=gcc-8 npm run kernel');
  rmSync(join(dir, 'linux'), { recursive: true });
  assert.equal((await told(dir, { ...unknown, older: ['gcc-8'], builtBefore: true })).words.why, [], 'the edit');
  rmSync(join(dir, 'linux'), { recursive: true });
  assert.equal((await told(dir, { ...unknown, older: ['gcc-8'], version: '6.1' })).words.why, []);
});

test('an objtool that cannot read what binutils makes', async ({ dir }) => {
  const said = ['arch/x86/entry/thunk_64.o: warning: objtool: missing symbol table'];
  const failure = makeFailure({ reason: 'compile-failed', targets: ['arch/x86/entry/thunk_64.o'], said, log: '/log' });
  const tree = littleTree(join(dir, 'linux'), '4.19');
  const { words } = await withNewerCompiler(failure, { tree: { source: tree, build: tree }, args: [], env: {}, builtBefore: false, processes: new Processes() });
  assert.match(words.fix?.[0] ?? '', /^KERNEL_FRAGMENTS=frame-pointer npm run kernel/);
});

test('a tree as new as its compiler, another error: nothing more is said', async ({ dir }) => {
  assert.equal((await told(dir, { file: 'net/mptcp/pm.c', line: 'x [-Werror=array-bounds]', version: '6.1' })).words.why, []);
  rmSync(join(dir, 'linux'), { recursive: true });
  assert.equal((await told(dir, { file: 'net/mptcp/pm.c', line: 'expected ;' })).words.why, []);
  const other = makeFailure({ reason: 'make-failed', status: 2, said: [], log: '/log' });
  assert.is(await withNewerCompiler(other, { tree: { source: dir, build: dir }, args: [], env: {}, builtBefore: false, processes: new Processes() }), other);
});

test.run();
