/** The kernel that the end-to-end tests share: built once, by kloop itself, in a cache directory of the tests' own. */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { kconfigTree } from './kconfig-tree.ts';

/** The number and the date of a build, the same for all: two of the same sources are then one, byte for byte. (Documentation/kbuild/kbuild.rst) */
export const sameBuild: Readonly<Record<string, string>> = {
  KBUILD_BUILD_VERSION: '1',
  KBUILD_BUILD_TIMESTAMP: 'Thu Jan  1 00:00:00 UTC 1970',
  KBUILD_BUILD_USER: 'kloop',
  KBUILD_BUILD_HOST: 'kloop',
};

/**
 * Brings the shared kernel up to date, and says how long it took. Its source is
 * the distribution's package: no test depends on the internet.
 *
 * @returns the environment that tells the tests of it: KLOOP_TEST_TREE,
 *   KLOOP_TEST_KERNEL (a copy of its vmlinux, which no build replaces),
 *   KLOOP_TEST_KCONFIG (a copy of what Kconfig needs, which no test edits),
 *   KLOOP_TEST_CACHE, and settings that keep kloop's own directories away from the
 *   user's.
 */
export async function buildSharedKernel(root: string, env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const cache = process.env['KLOOP_TEST_CACHE'] ?? join(root, '.kloop', 'test');
  const settings = {
    KLOOP_TEST_CACHE: cache,
    REPOS_DIR: join(cache, 'repos'),
    STATE_DIR: join(cache, 'state'),
    KERNEL_SOURCES: 'distro:6.1',
    ...sameBuild,
  };
  if (settings.REPOS_DIR.startsWith(join(homedir(), 'repos'))) throw new Error('the tests do not touch ~/repos');
  mkdirSync(settings.REPOS_DIR, { recursive: true });
  for (const stage of [['source'], ['config'], ['kernel', '--no-image']]) {
    const began = performance.now();
    // From nothing ccache has nothing to give, and its own preprocessing takes a third of the time.
    await runKloop(root, stage, { ...env, ...settings, CCACHE: 'off' });
    console.log(`# stage ${stage.join(' ')}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  }
  const trees = readdirSync(settings.REPOS_DIR).filter((name) => !name.startsWith('.'));
  const tree = join(settings.REPOS_DIR, trees[0] ?? '');
  const kernel = join(cache, 'vmlinux');
  copyFileSync(join(tree, 'vmlinux'), kernel);
  // By what it says the guest has its files as a person's does.
  copyFileSync(join(tree, '.config'), join(cache, '.config'));
  const kconfig = join(cache, 'kconfig');
  rmSync(kconfig, { recursive: true, force: true });
  kconfigTree(tree, kconfig);
  return { ...settings, KLOOP_TEST_TREE: tree, KLOOP_TEST_KERNEL: kernel, KLOOP_TEST_KCONFIG: kconfig };
}

/** Runs kloop to its end, for a person to see. Throws where it fails. */
export async function runKloop(root: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const status = await new Promise<number | null>((resolve) => {
    spawn(process.execPath, [join(root, 'tasks', 'launch.cjs'), ...args], { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] }).on('close', resolve);
  });
  if (status !== 0) throw new Error(`'kloop ${args.join(' ')}' ended with ${status}`);
}
