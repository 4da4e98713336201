/** What a directory must be so that a kernel can be built from it. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../../host/files.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { kernelFailure } from '../reasons.ts';

/** A kernel tree. */
export interface KernelTree {
  readonly path: string;
  readonly version: KernelVersion;
}

export interface KernelVersion {
  readonly major: number;
  readonly minor: number;
  /** As its Makefile has it: '6.1.192', '5.4.230-mptcp'. */
  readonly text: string;
}

/** The version that a top-level Makefile gives; `undefined` where it is not a kernel's Makefile. */
export function versionOf(makefile: string): KernelVersion | undefined {
  const field = (name: string) => new RegExp(`^${name}[ \\t]*=[ \\t]*(.*?)[ \\t]*$`, 'm').exec(makefile)?.[1];
  const [major, minor] = [Number(field('VERSION') || Number.NaN), Number(field('PATCHLEVEL') || Number.NaN)];
  if (!Number.isInteger(major) || !Number.isInteger(minor)) return undefined;
  const sublevel = field('SUBLEVEL') ?? '';
  return { major, minor, text: `${major}.${minor}${sublevel === '' ? '' : `.${sublevel}`}${field('EXTRAVERSION') ?? ''}` };
}

export function isOlder(version: Pick<KernelVersion, 'major' | 'minor'>, major: number, minor: number): boolean {
  return version.major < major || (version.major === major && version.minor < minor);
}

/**
 * Why Kbuild cannot build in a path, in words; `undefined` where it can. Its
 * Makefile refuses white space and colons in the tree's path ("source
 * directory cannot contain spaces or colons", since 4.19); in an O= directory's
 * it pastes the path into shell commands and make's own syntax unquoted.
 */
export function kbuildRefusal(path: string): string | undefined {
  const met = /[\s:]/.exec(path)?.[0] ?? /["'`$#%&*?<>|;()\\~]/.exec(path)?.[0];
  if (met === undefined) return undefined;
  const name = met === ' ' ? 'a space' : met === ':' ? 'a colon' : /\s/.test(met) ? 'white space' : `the character ${met}`;
  return `${name} in its path, which Kbuild does not support`;
}

/**
 * Looks at a directory as a kernel tree for x86.
 *
 * @returns the tree; or `not-a-kernel-tree`, with what is missing.
 */
export function lookAtTree(path: string): Result<KernelTree> {
  const not = (why: string) => kernelFailure({ reason: 'not-a-kernel-tree', path, why });
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return not('there is no such directory');
  if (!found.isDirectory()) return not('it is a file, not a directory');
  const makefile = readText(join(path, 'Makefile'));
  if (isFailure(makefile)) return makefile;
  if (makefile === undefined) return not('it has no Makefile');
  const version = versionOf(makefile);
  if (version === undefined) return not('its Makefile has no kernel version');
  const lacking = ['Kconfig', 'Kbuild', 'scripts/kconfig'].find((part) => !existsSync(join(path, part)));
  if (lacking !== undefined) return not(`it has no ${lacking}`);
  if (!existsSync(join(path, 'arch/x86/Makefile'))) return not('it has no arch/x86: kloop builds for x86_64 only');
  const refusal = kbuildRefusal(path);
  if (refusal !== undefined) return kernelFailure({ reason: 'path-refused', path, why: refusal, whose: 'tree' });
  return { path, version };
}
