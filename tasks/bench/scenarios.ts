/** What is compared: each with the goal that kloop sets itself. */
import { join } from 'node:path';
import type { Context } from '../cli/context.ts';
import { findProgram } from '../host/files.ts';
import { jobsOf, outputDir } from '../kernel/compiler-make.ts';
import { chosenTree } from '../kernel/source-choice.ts';
import { prepareMake } from '../kernel/config-generate.ts';
import { isFailure, type Result } from '../report/failure.ts';
import type { Comparison } from './pairs.ts';
import { rebuildComparisons } from './rebuild.ts';

export interface Scenarios {
  readonly comparisons: readonly Comparison[];
  /** What is not compared, and why. */
  readonly absent: readonly string[];
  /** Puts edited files back as they were. */
  restore(): Promise<void>;
}

export interface ScenarioOptions {
  /** Whole builds too. */
  readonly full: boolean;
}

/** Brings the VM's targets up to date, and gives the comparisons that this host allows. */
export async function scenarios(context: Context, options: ScenarioOptions): Promise<Result<Scenarios>> {
  const ready = await context.bringUp(['kernel']);
  if (isFailure(ready)) return ready;
  const tree = chosenTree(context.settings);
  if (isFailure(tree)) return tree;
  const make = await prepareMake(context.settings, tree, context.processes);
  if (isFailure(make)) return make;

  const run = async (argv: readonly string[], cwd = context.settings.projectDir, env: Readonly<Record<string, string | undefined>> = {}) => {
    const ended = await context.processes.runOk('measuring', { argv, cwd, env, signal: context.signal });
    if (isFailure(ended)) throw new Error(`a measurement failed: ${argv.join(' ')}`);
  };
  const kloop = (...args: string[]) => run([process.execPath, join(context.settings.projectDir, 'tasks', 'launch.mjs'), ...args]);

  const comparisons: Comparison[] = [
    {
      name: 'plan, all fresh',
      a: { label: 'kloop plan', run: () => kloop('plan') },
      b: { label: 'make', run: () => run(make.argv, tree, make.env) },
      most: 0.25,
    },
  ];
  const rebuilds = rebuildComparisons({
    context, run, make, tree: { source: tree, build: outputDir(context.settings, tree) }, jobs: jobsOf(context.settings),
    kloop: async (...args) => kloop(...args),
  }, options.full);
  comparisons.push(...rebuilds.comparisons);
  const absent: string[] = [...rebuilds.absent];
  if (findProgram('vng') === undefined) absent.push('not compared with virtme-ng: vng is not installed');
  return { comparisons, absent, restore: () => rebuilds.restore() };
}
