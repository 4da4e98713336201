/** What is compared, and with what tools. */
import { join } from 'node:path';
import type { Context } from '../commands/shared/context.ts';
import { jobsOf, outputDir } from '../kernel/make/call.ts';
import { chosenTree } from '../kernel/source/choice.ts';
import { prepareMake } from '../kernel/config/generate.ts';
import { isFailure, type Result, formatFailure } from '../report/failure.ts';
import { bootComparisons, idleComparisons } from './boot.ts';
import { fileComparisons } from './files.ts';
import { moduleComparisons } from './modules.ts';
import { networkSpeeds } from './network.ts';
import { pathComparisons } from './paths.ts';
import { reachComparisons } from './reach.ts';
import { rebuildComparisons } from './rebuild.ts';
import type { Env, Part, Tools } from './tools.ts';
import { watchComparisons } from './watch.ts';
import { wholeBuilds } from './whole-builds.ts';

interface ScenarioOptions {
  /** Whole builds too. */
  readonly full: boolean;
}

/** Brings the VM's targets up to date, and gives the comparisons that this host allows. */
export async function scenarios(context: Context, options: ScenarioOptions): Promise<Result<Part[]>> {
  const ready = await context.bringUp(['image']);
  if (isFailure(ready)) return ready;
  const source = chosenTree(context.settings);
  if (isFailure(source)) return source;
  const make = await prepareMake(context.settings, source, context.processes);
  if (isFailure(make)) return make;

  const launched = async (argv: readonly string[], cwd = context.settings.projectDir, env: Env = {}) => {
    const ended = await context.processes.runOk('measuring', { argv, cwd, env, signal: context.signal });
    if (isFailure(ended)) throw new Error(formatFailure(ended));
    return ended;
  };
  const kloopArgv = (...args: string[]) => [process.execPath, join(context.settings.projectDir, 'tasks', 'launch.cjs'), ...args];
  const tools: Tools = {
    context,
    tree: { source, build: outputDir(context.settings, source) },
    make,
    jobs: jobsOf(context.settings),
    run: async (...call) => { await launched(...call); },
    capture: async (argv) => (await launched(argv)).stdout,
    kloopArgv,
    kloop: async (...args) => { await launched(kloopArgv(...args)); },
  };
  const parts: Part[] = [
    { comparisons: [...idleComparisons(tools), ...(await bootComparisons(tools))], absent: [] },
    rebuildComparisons(tools, options.full),
    await watchComparisons(tools),
    await moduleComparisons(tools),
    fileComparisons(tools),
    await reachComparisons(tools),
    networkSpeeds(tools),
    pathComparisons(tools),
  ];
  if (options.full) parts.push(await wholeBuilds(tools));
  else parts.push({ comparisons: [], absent: ['whole builds are not compared: they take many minutes, and --full asks for them'] });
  return parts;
}
