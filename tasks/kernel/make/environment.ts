/** Variables of the caller's environment that a build does not follow, in words. Pure. */
import { isAbsolute, resolve } from 'node:path';
import { makeArgsSetting } from '../../text/make-variables.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the makefiles take on make's command line alone, and people set in the environment anyway. (`origin` in the top Makefile of 6.1; CC it assigns) */
const argumentsOnly = ['CC', 'HOSTCC', 'LD', 'W', 'C', 'O', 'M'] as const;

/** What make would follow, and kloop does not: it would build something else, elsewhere, or in words that cannot be read. */
const takenAway: Readonly<Record<string, string>> = {
  SUBARCH: 'kloop builds x86_64',
  SRCARCH: 'kloop builds x86_64',
  KCONFIG_CONFIG: "the configuration is the build directory's .config",
  KCONFIG_ALLCONFIG: 'the configuration starts from kernel.config and KERNEL_FRAGMENTS',
  KBUILD_EXTMOD: 'kloop builds the whole kernel',
  KBUILD_VERBOSE: "kloop reads the progress from make's output",
};

/**
 * A line for each variable that is set and not followed.
 *
 * @param buildDir KERNEL_BUILD_DIR; `undefined` where the kernel is built in its tree
 * @param tree where make runs: a relative path starts there
 */
export function notHonoured(env: Environment, buildDir: string | undefined, tree: string): string[] {
  const lines: string[] = [];
  const unused = (name: string, why: string) => lines.push(`${name}=${env[name] ?? ''} in the environment is not used: ${why}`);
  const set = (name: string) => (env[name] ?? '') !== '';
  for (const name of argumentsOnly) if (set(name)) unused(name, `make only takes it as an argument: ${makeArgsSetting([`${name}=${env[name] ?? ''}`])}`);
  if (set('ARCH') && !/^(?:x86|x86_64)$/.test(env['ARCH'] ?? '')) unused('ARCH', 'kloop builds x86_64');
  for (const [name, why] of Object.entries(takenAway)) if (set(name) && !(name === 'KBUILD_VERBOSE' && env[name] === '0')) unused(name, why);
  if (set('KBUILD_OUTPUT') && resolve(tree, env['KBUILD_OUTPUT'] ?? '') !== buildDir) {
    unused('KBUILD_OUTPUT', `KERNEL_BUILD_DIR, which takes precedence, is ${buildDir ?? 'empty'}${isAbsolute(env['KBUILD_OUTPUT'] ?? '') ? '' : ', and the path is relative'}`);
  }
  return lines;
}
