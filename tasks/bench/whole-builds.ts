/** Whole builds: of kloop's configuration, and of virtme-ng's own on the same tree; and an edit to what the latter made. Many minutes. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bareLine } from './boot.ts';
import { editOf, measuredFiles } from './edit.ts';
import { saves } from './loop.ts';
import type { Env, Part, Tools } from './tools.ts';
import { findVirtmeNg } from './virtme-ng.ts';

/** An output directory of its own for each: the build in use stays as it is. */
export async function wholeBuilds(tools: Tools): Promise<Part> {
  const vng = findVirtmeNg(await bareLine(tools, 'true'));
  if (typeof vng === 'string') return { comparisons: [], absent: [`whole builds are not compared with virtme-ng's configuration: ${vng}`] };
  const dir = join(tools.context.settings.stateDir, 'bench', 'builds');
  const directory = (name: string) => join(dir, name);
  const anew = (name: string) => {
    rmSync(directory(name), { recursive: true, force: true });
    mkdirSync(directory(name), { recursive: true });
  };
  // ccache is left out of whole builds, for they would compare its cache.
  const env = { ...tools.make.env, CCACHE_DISABLE: '1' };
  // A tree that was built in refuses to build elsewhere (its makefile says: make mrproper); so a copy of its sources does.
  const source = directory('source');
  const copy = async () => {
    anew('source');
    await tools.run(['cp', '-a', '--reflink=auto', `${tools.tree.source}/.`, source]);
    await tools.run(['make', '-s', 'mrproper'], source);
  };
  const theirs = { source, build: directory('theirs') };
  const configureTheirs = async () => {
    anew('theirs');
    await vng.configure(tools, theirs, env);
  };
  const make = (name: string, goals: readonly string[], how: Env) => tools.run(['make', '-s', `O=${directory(name)}`, '-j', String(tools.jobs), ...goals], source, how);
  const build = (name: string) => make(name, ['vmlinux', 'bzImage'], env);

  const { source: file } = measuredFiles(tools.tree.build);
  const { toFirstByte, ended, edit, settled } = saves(tools, file);
  const makeTheirs = async () => {
    if (!existsSync(directory('theirs'))) {
      // The copy is of the source as it is without the other side's edits.
      edit.restore();
      await copy();
      await configureTheirs();
    }
    await make('theirs', ['bzImage'], tools.make.env);
  };
  let theirEdit: ReturnType<typeof editOf> | undefined;
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
          await tools.run(['cp', join(tools.tree.build, '.config'), directory('ours')]);
          await tools.run(['make', '-s', `O=${directory('ours')}`, 'olddefconfig'], source, env);
        },
        run: () => build('ours'),
      },
      b: { label: "virtme-ng's, with Multipath TCP", prepare: configureTheirs, run: () => build('theirs') },
      goal: { is: 'ratio', most: 0.5 },
    }, {
      name: 'a save to the command, against make and virtme-ng on its own configuration',
      a: toFirstByte,
      b: {
        label: 'make bzImage && vng',
        prepare: async () => {
          await ended();
          await makeTheirs();
          theirEdit ??= editOf(join(source, file));
          theirEdit.save();
        },
        run: async () => {
          await makeTheirs();
          await vng.boot(tools, theirs);
        },
      },
      goal: { is: 'ratio', most: 0.1 },
    }],
    restore: async () => {
      await ended();
      edit.restore();
      await settled();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
