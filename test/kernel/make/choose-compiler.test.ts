import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Processes } from '../../../tasks/host/processes/process.ts';
import { hostFailure } from '../../../tasks/host/reasons.ts';
import { settingsArgs } from '../../../tasks/kernel/make/call.ts';
import { chooseCompiler } from '../../../tasks/kernel/make/choose-compiler.ts';

const test = suite<{ dir: string; path: string | undefined }>('choosing a compiler');
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  context.path = process.env['PATH'];
  process.env['PATH'] = `${context.dir}:${context.path ?? ''}`;
});
test.after.each(({ dir, path }) => {
  process.env['PATH'] = path;
  rmSync(dir, { recursive: true });
});

function compiler(dir: string, name: string, version: string): void {
  writeFileSync(join(dir, name), `#!/bin/sh\necho ${version}\n`);
  chmodSync(join(dir, name), 0o755);
}

const linux = (major: number, minor: number) => ({ path: '/tree', version: { major, minor, text: `${major}.${minor}` } });
const auto = { kernelMakeArgs: [], kernelCc: 'auto' } as const;

test('auto: an older one for an older tree, and said; else make’s own', async ({ dir }) => {
  compiler(dir, 'gcc', '12.2.0');
  const choice = (installed: string[], major = 4) => chooseCompiler(auto, { tree: linux(major, 19), processes: new Processes(), installed });
  assert.equal(await choice([]), { kernelCc: undefined, words: [] });
  assert.equal(await choice(['gcc-11']), { kernelCc: 'gcc-11', words: ['gcc 12.2.0 is newer than Linux 4.19: compiling with gcc-11 (KERNEL_CC=auto)'] });
  assert.equal(await choice(['gcc-11'], 6), { kernelCc: undefined, words: [] });
});

test('auto gives way to a compiler that KERNEL_MAKE_ARGS names', async ({ dir }) => {
  compiler(dir, 'gcc', '12.2.0');
  for (const arg of ['CC=gcc -m64', 'LLVM=1']) assert.equal(await chooseCompiler({ ...auto, kernelMakeArgs: [arg] }, { tree: linux(4, 19), processes: new Processes(), installed: ['gcc-11'] }), { kernelCc: undefined, words: [] });
});

test('a name: that one, for the kernel and for the programs of its build; KERNEL_MAKE_ARGS counts more', async ({ dir }) => {
  compiler(dir, 'gcc-11', '11.3.0');
  const settings = { kernelMakeArgs: ['HOSTCC=gcc'], kernelCc: 'gcc-11' };
  assert.equal(await chooseCompiler(settings, { tree: linux(6, 1), processes: new Processes() }), { kernelCc: 'gcc-11', words: [] });
  assert.equal(settingsArgs(settings), ['CC=gcc-11', 'HOSTCC=gcc-11', 'HOSTCC=gcc']);
  assert.equal(settingsArgs(auto), []);
});

test('a name that is not there', async () => {
  const failure = await chooseCompiler({ kernelMakeArgs: [], kernelCc: 'no-such-gcc' }, { tree: linux(6, 1), processes: new Processes() });
  assert.ok(hostFailure.is(failure, 'command-missing'));
  assert.is(failure.words.what, "KERNEL_CC=no-such-gcc: compiling needs the program 'no-such-gcc', which is not on PATH");
  assert.match(failure.words.fix?.[0] ?? '', 'KERNEL_CC=auto npm run kernel');
});

test.run();
