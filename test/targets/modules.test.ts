import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Work } from '../../tasks/graph/target.ts';
import type { Processes } from '../../tasks/host/processes/process.ts';
import { formatFailure, isFailure } from '../../tasks/report/failure.ts';
import { modulesTarget } from '../../tasks/targets/modules.ts';
import { write } from '../support/little-kernel.ts';

const test = suite<{ dir: string }>('the target modules');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

/** depmod leaves its lists. @param has whether it is installed */
async function run(dir: string, config: string, { dirs = [], has = true }: { dirs?: readonly string[]; has?: boolean } = {}) {
  const tree = { source: join(dir, 'linux'), build: join(dir, 'linux') };
  write(join(tree.build, 'include/config/kernel.release'), '6.1.0\n');
  write(join(tree.build, '.config'), config);
  write(join(tree.build, 'modules.order'), 'net/a.ko\n');
  write(join(tree.build, 'net/a.ko'), 'a');
  const said: string[] = [];
  const depmod: Pick<Processes, 'run' | 'has'> = {
    has: (program) => program !== 'depmod' || has,
    run: ({ argv: [program, , base = '', release = ''] }) => {
      if (program === 'depmod') for (const name of ['modules.dep', 'modules.alias']) write(join(base, 'lib/modules', release, name), '');
      return Promise.resolve({ status: 0, stdout: '', stderr: '', tail: [] });
    },
  };
  const call = { argv: ['make'], given: [], cwd: tree.source, env: {}, words: [], compilers: [], fixes: [] };
  const target = modulesTarget({
    tree: () => tree, makeCall: () => call, prepare: () => Promise.resolve(call), dirs, jobs: 1, stateDir: join(dir, 'state'), processes: depmod,
  });
  const work: Work = {
    signal: new AbortController().signal, log: '/dev/null', startedMs: 0, past: undefined, reason: undefined,
    progress: () => undefined, say: (line) => said.push(line),
  };
  const ran = await target.run(work);
  return { words: isFailure(ran) ? formatFailure(ran) : '', said: said.join('\n') };
}

test('a module is asked for, and CONFIG_MODULES is off: named, with the command that sets it', async ({ dir }) => {
  const { words } = await run(dir, '# CONFIG_MODULES is not set\n', { dirs: ['/src/mydriver'] });
  assert.match(words, /this kernel can load no modules: CONFIG_MODULES is off in .*linux\/\.config/);
  assert.match(words, 'KERNEL_MODULES (--module) names /src/mydriver');
  assert.match(words, 'npm run config -- --set CONFIG_MODULES=y --set CONFIG_MODULE_UNLOAD=y');
});

test('no such directory; one that has no makefile', async ({ dir }) => {
  assert.match((await run(dir, 'CONFIG_MODULES=y\n', { dirs: [join(dir, 'gone')] })).words, /gone isn't a directory/);
  mkdirSync(join(dir, 'empty'));
  assert.match((await run(dir, 'CONFIG_MODULES=y\n', { dirs: [join(dir, 'empty')] })).words, /empty has no module to build: it has no Makefile and no Kbuild/);
});

test('no depmod: its package is named', async ({ dir }) => {
  assert.match((await run(dir, 'CONFIG_MODULES=y\n', { has: false })).words, /needs the program 'depmod'[^]*in the package kmod/);
});

test('a kernel that takes signed modules alone, and nothing that signs them: a line says which it will refuse, and what signs them', async ({ dir }) => {
  const unsigned = await run(dir, 'CONFIG_MODULES=y\nCONFIG_MODULE_SIG=y\nCONFIG_MODULE_SIG_FORCE=y\n');
  assert.is(unsigned.words, '');
  assert.match(unsigned.said, /takes signed modules alone \(CONFIG_MODULE_SIG_FORCE=y\), and will refuse a\.ko; .*--set CONFIG_MODULE_SIG_ALL=y/);
  assert.match((await run(dir, 'CONFIG_MODULES=y\nCONFIG_MODULE_SIG=y\nCONFIG_MODULE_SIG_FORCE=y\nCONFIG_MODULE_SIG_ALL=y\n')).said, /the build directory lacks the kernel's key/);
  assert.is((await run(dir, 'CONFIG_MODULES=y\nCONFIG_MODULE_SIG=y\n')).said, '');
});

test('signed modules of a kernel that looks them up by a hash that it does not have: a line says so, with the fix', async ({ dir }) => {
  write(join(dir, 'linux/kernel/module/signing.c'), 'crypto_alloc_shash("sha256", 0, 0)');
  for (const path of ['certs/signing_key.pem', 'certs/signing_key.x509', 'scripts/sign-file']) write(join(dir, 'linux', path), '');
  const signed = 'CONFIG_MODULES=y\nCONFIG_MODULE_SIG=y\nCONFIG_MODULE_SIG_ALL=y\nCONFIG_MODULE_SIG_HASH="sha512"\nCONFIG_MODULE_SIG_KEY="certs/signing_key.pem"\n';
  assert.match((await run(dir, signed)).said, /will refuse all signed modules .*--set CONFIG_CRYPTO_SHA256=y/);
  assert.is((await run(dir, `${signed}CONFIG_CRYPTO_SHA256=y\n`)).said, '');
});

test.run();
