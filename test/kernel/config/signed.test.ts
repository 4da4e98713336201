import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lacksHash } from '../../../tasks/kernel/config/signed.ts';
import { parseDotConfig } from '../../../tasks/kernel/config/text.ts';
import { write } from '../../support/little-kernel.ts';

const test = suite<{ tree: string }>('what signed modules need');
test.before.each((context) => { context.tree = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after.each(({ tree }) => rmSync(tree, { recursive: true }));

const lacks = (tree: string, config: string) => lacksHash(parseDotConfig(config), tree);

test("Debian's kernels want SHA-256 where signatures are checked, whatever signs", ({ tree }) => {
  write(join(tree, 'kernel/module/signing.c'), '\ttfm = crypto_alloc_shash("sha256", 0, 0);\n');
  assert.ok(lacks(tree, 'CONFIG_MODULE_SIG=y\nCONFIG_CRYPTO_SHA512=y\n'));
  assert.ok(lacks(tree, 'CONFIG_MODULE_SIG=y\nCONFIG_CRYPTO_SHA256=m\n'), 'as a module it would be needed by itself');
  assert.not(lacks(tree, 'CONFIG_MODULE_SIG=y\nCONFIG_CRYPTO_SHA256=y\n'));
  assert.not(lacks(tree, 'CONFIG_MODULES=y\n'));
});

test('others do not; older ones have the file elsewhere', ({ tree }) => {
  assert.not(lacks(tree, 'CONFIG_MODULE_SIG=y\n'));
  write(join(tree, 'kernel/module/signing.c'), 'int mod_verify_sig(const void *mod, struct load_info *info)\n');
  assert.not(lacks(tree, 'CONFIG_MODULE_SIG=y\n'));
  rmSync(join(tree, 'kernel/module'), { recursive: true });
  write(join(tree, 'kernel/module_signing.c'), 'crypto_alloc_shash("sha256", 0, 0)');
  assert.ok(lacks(tree, 'CONFIG_MODULE_SIG=y\n'));
});

test.run();
