/**
 * Signatures of modules, as `make modules_install` has them: with CONFIG_MODULE_SIG_ALL
 * what is installed is signed, and never what lies in the build directory.
 * (scripts/Makefile.modinst; in older trees Makefile.modsign)
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { readAt, stateOf } from '../../host/files.ts';
import type { BuildDirs } from '../inputs/index-model.ts';

/** What signs a module: sign-file's path and its arguments before the module's. */
export interface Signing {
  readonly argv: readonly string[];
  /** Another text, another signature: the hash, the key, and which state of it. */
  readonly by: string;
}

const valueOf = (name: string, config: string): string | undefined => new RegExp(`^CONFIG_${name}="?([^"\\n]*)"?$`, 'm').exec(config)?.[1];

/** @returns `undefined` where modules are not signed: the options say so, or the tree has no key or no program for it */
export function signingOf(config: string, tree: BuildDirs): Signing | undefined {
  if (valueOf('MODULE_SIG', config) !== 'y' || valueOf('MODULE_SIG_ALL', config) !== 'y') return undefined;
  const [hash, named] = [valueOf('MODULE_SIG_HASH', config), valueOf('MODULE_SIG_KEY', config)];
  if (hash === undefined || named === undefined) return undefined;
  const there = (paths: readonly string[]) => paths.find((path) => stateOf(path) !== undefined);
  const key = named.startsWith('pkcs11:') ? named : there(isAbsolute(named) ? [named] : [join(tree.build, named), join(tree.source, named)]);
  const program = there([join(tree.build, 'scripts/sign-file')]);
  const certificate = there([join(tree.build, 'certs/signing_key.x509')]);
  if (key === undefined || program === undefined || certificate === undefined) return undefined;
  return { argv: [program, hash, key, certificate], by: `${hash} ${key} ${stateOf(certificate)?.mtimeMs ?? 0}` };
}

/** Whether this kernel takes signed modules alone. */
export const wantsSigned = (config: string): boolean => valueOf('MODULE_SIG_FORCE', config) === 'y';

/** What stands at the end of a module with a signature. (include/linux/module_signature.h) */
const mark = '~Module signature appended~\n';

export function isSigned(module: string): boolean {
  const fd = openSync(module, 'r');
  try {
    return readAt(fd, Math.max(0, fstatSync(fd).size - mark.length), mark.length).toString('latin1') === mark;
  } finally {
    closeSync(fd);
  }
}
