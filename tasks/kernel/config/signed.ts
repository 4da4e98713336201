/** What a kernel that checks signatures needs beside them to take a module. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** It moved with 5.19. */
const checks = ['kernel/module/signing.c', 'kernel/module_signing.c'];

/**
 * Debian's kernels look each signed module up among the refused ones, by its
 * SHA-256, and select no option for it: without that one finit_module(2) says
 * ENOENT for every module with a signature, and the kernel prints nothing.
 * (kernel/module/signing.c of Debian's 6.1 and 6.12; kernel.org's have no such check)
 *
 * @param values of a configuration, or what is asked for
 * @returns whether CONFIG_CRYPTO_SHA256=y is wanting in it
 */
export function lacksHash(values: ReadonlyMap<string, string>, tree: string): boolean {
  if (values.get('MODULE_SIG') !== 'y' || values.get('CRYPTO_SHA256') === 'y') return false;
  const path = checks.map((name) => join(tree, name)).find((one) => existsSync(one));
  return path !== undefined && readFileSync(path, 'utf8').includes('crypto_alloc_shash("sha256"');
}
