/** Whole builds: of kloop's configuration, and of virtme-ng's own on the same tree. Many minutes. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../host/files.ts';
import type { Part, Tools } from './tools.ts';

/** An output folder of its own for each: the build in use stays as it is. ccache is left out, for it would compare its cache. */
export function wholeBuilds(tools: Tools): Part {
  const vng = findProgram('vng');
  if (vng === undefined) return { comparisons: [], absent: ["whole builds are not compared with virtme-ng's configuration: vng is not installed"] };
  const dir = join(tools.context.settings.stateDir, 'bench', 'builds');
  const folder = (name: string) => join(dir, name);
  const anew = (name: string) => {
    rmSync(folder(name), { recursive: true, force: true });
    mkdirSync(folder(name), { recursive: true });
  };
  const env = { ...tools.make.env, CCACHE_DISABLE: '1' };
  // A tree that was built in refuses to build elsewhere (its makefile says: make mrproper); so a copy of its sources does.
  const source = folder('source');
  const copy = async () => {
    anew('source');
    await tools.run(['cp', '-a', '--reflink=auto', `${tools.tree.source}/.`, source]);
    await tools.run(['make', '-s', 'mrproper'], source);
  };
  const build = (name: string) => tools.run(['make', '-s', `O=${folder(name)}`, '-j', String(tools.jobs), 'vmlinux', 'bzImage'], source, env);
  return {
    absent: [],
    comparisons: [{
      name: 'a whole build',
      once: true,
      a: {
        label: "kernel.config's",
        prepare: async () => {
          await copy();
          anew('ours');
          await tools.run(['cp', join(tools.tree.build, '.config'), folder('ours')]);
          await tools.run(['make', '-s', `O=${folder('ours')}`, 'olddefconfig'], source, env);
        },
        run: () => build('ours'),
      },
      b: {
        label: "virtme-ng's, with Multipath TCP",
        prepare: async () => {
          anew('theirs');
          await tools.run([vng, '--kconfig', '--skip-modules', '--configitem', 'CONFIG_MPTCP=y', `O=${folder('theirs')}`], source, env);
        },
        run: () => build('theirs'),
      },
      goal: { is: 'ratio', most: 0.5 },
    }],
    restore: () => {
      rmSync(dir, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}
