/**
 * Quick builds of a kernel that is built in a directory of its own (`O=`), by
 * clang where it is installed: make must find nothing to compile, and come to
 * the same vmlinux, byte for byte. Its tree is the tests' own, unpacked once:
 * Kbuild refuses `O=` for one that was built in.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../../tasks/host/files.ts';
import { kloop, type Ended } from '../../support/kloop.ts';
import { sameBuild } from '../../support/shared-kernel.ts';

const directory = join(process.env['KLOOP_TEST_CACHE'] ?? '', 'build-dir');
const clang = findProgram('clang') !== undefined && findProgram('ld.lld') !== undefined;
const env = {
  REPOS_DIR: join(directory, 'repos'),
  STATE_DIR: join(directory, 'state'),
  KERNEL_BUILD_DIR: join(directory, clang ? 'clang' : 'gcc'),
  KERNEL_MAKE_ARGS: clang ? 'LLVM=1' : '',
  ...sameBuild,
};
let tree = '';
const originals = new Map<string, string>();

function edit(file: string, change: (text: string) => string): void {
  const text = originals.get(file) ?? readFileSync(join(tree, file), 'utf8');
  originals.set(file, text);
  writeFileSync(join(tree, file), change(text));
}

function isSame(ended: Ended, objects: RegExp): void {
  assert.is(ended.status, 0, ended.stderr);
  assert.match(ended.stderr, /make agrees: it had nothing to compile/);
  assert.match(ended.stderr, objects);
  assert.match(ended.stderr, /byte for byte/);
}

const verify = () => kloop(['kernel', '--no-image', '--verify'], { env });

test.before(async () => {
  console.log(`# O= by ${clang ? 'clang' : 'gcc: clang is not installed'}`);
  const built = await kloop(['kernel'], { env });
  assert.is(built.status, 0, built.stderr);
  tree = join(env.REPOS_DIR, readdirSync(env.REPOS_DIR).find((name) => !name.startsWith('.')) ?? '');
});

test.after(async () => {
  for (const [file, text] of originals) writeFileSync(join(tree, file), text);
  await kloop(['kernel'], { env });
});

test('a changed function', async () => {
  edit('net/mptcp/pm.c', (text) => `${text}\nvoid kloop_elsewhere(void);\nvoid kloop_elsewhere(void) { printk("kloop elsewhere"); }\n`);
  isSame(await verify(), /with 1 object of its own/);
  assert.ok(readFileSync(join(env.KERNEL_BUILD_DIR, 'vmlinux')).includes('kloop elsewhere'));
});

test('a changed header', async () => {
  edit('net/mptcp/protocol.h', (text) => text.replace(/#endif(?![\s\S]*#endif)/, 'extern int kloop_elsewhere_header;\n#endif'));
  isSame(await verify(), /with \d\d objects of its own/);
});

test('a new export', async () => {
  edit('net/mptcp/subflow.c', (text) => `${text}\nint kloop_elsewhere_export(void);\nint kloop_elsewhere_export(void) { return 1; }\nEXPORT_SYMBOL_GPL(kloop_elsewhere_export);\n`);
  isSame(await verify(), /with 1 object of its own/);
  assert.match(readFileSync(join(env.KERNEL_BUILD_DIR, 'System.map'), 'utf8'), /kloop_elsewhere_export/);
});

test('the tree itself holds what people wrote, and nothing else', async () => {
  assert.equal(readdirSync(join(tree, 'net/mptcp')).filter((name) => !/^(\w+\.[ch]|Kconfig|Makefile)$/.test(name)), []);
  const again = await kloop(['kernel', '--no-image'], { env });
  assert.match(again.stderr, /kernel: up to date/);
});

test.run();
