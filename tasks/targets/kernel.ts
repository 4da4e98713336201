/** The targets `kernel` (vmlinux, which the VM boots) and `image` (bzImage, where something asks for it). */
import { join } from 'node:path';
import type { Freshness, Made, Target, TargetRecord, Work } from '../graph/target.ts';
import type { Processes } from '../host/process.ts';
import type { MakeCall } from '../kernel/compiler-make.ts';
import { bootDir, type Scope } from '../kernel/freshness-inputs.ts';
import { changesSince, reasonOf } from '../kernel/freshness-judge.ts';
import { loadSnapshot, presentOn, stateOf } from '../kernel/freshness-snapshot.ts';
import type { KernelTree } from '../kernel/index-model.ts';
import { buildPlace } from '../kernel/index-place.ts';
import { buildByMake, snapshotPath } from '../kernel/make-build.ts';
import { makeRecipe, recipeDifference } from '../kernel/make-recipe.ts';
import { isFailure, type Result } from '../report/failure.ts';

export interface KernelTargetOptions {
  /** Where the kernel is; asked at its turn, for `source` may only then have brought it. */
  tree(): Result<KernelTree>;
  /** How make is called, as far as it is known without running anything: the recipe. */
  makeCall(): Result<MakeCall>;
  /** How make is called, after the compiler was asked where that matters. */
  prepare(): Promise<Result<MakeCall>>;
  /** At least 1. */
  readonly jobs: number;
  readonly stateDir: string;
  readonly processes: Pick<Processes, 'run'>;
  readonly needs: readonly string[];
}

/** What tells the two targets apart. */
interface Kind {
  readonly name: string;
  readonly title: string;
  readonly scope: Scope;
  readonly goal: string;
  readonly output: string;
}

const vmlinux: Kind = { name: 'kernel', title: 'vmlinux', scope: 'vmlinux', goal: 'vmlinux', output: 'vmlinux' };
const bzImage: Kind = { name: 'image', title: 'bzImage', scope: 'image', goal: 'bzImage', output: `${bootDir}/bzImage` };

export function kernelTarget(options: KernelTargetOptions): Target {
  return target(vmlinux, options);
}

export function imageTarget(options: KernelTargetOptions): Target {
  return target(bzImage, options);
}

function target(kind: Kind, options: KernelTargetOptions): Target {
  const recipe = (): Result<string> => {
    const call = options.makeCall();
    return isFailure(call) ? call : makeRecipe(kind.goal, argsOf(call), { ...process.env, ...call.env });
  };
  return {
    name: kind.name,
    title: kind.title,
    needs: options.needs,
    key: () => {
      const tree = options.tree();
      return isFailure(tree) ? tree : tree.build;
    },
    recipe,
    judge: (past) => {
      const tree = options.tree();
      if (isFailure(tree)) return Promise.resolve(tree);
      const now = recipe();
      return Promise.resolve(isFailure(now) ? now : judge(kind, tree, options.stateDir, past, now));
    },
    run: (work) => run(kind, options, work),
  };
}

/** make's arguments besides `-j` and the goal. */
const argsOf = (call: MakeCall) => call.argv.slice(1);

/** Whether the output comes from its inputs as they are. It runs nothing, and looks at what feeds this kernel only. */
function judge(kind: Kind, tree: KernelTree, stateDir: string, past: TargetRecord | undefined, recipe: string): Freshness {
  const stale = (reason: Extract<Freshness, { kind: 'stale' }>['reason']): Freshness => ({ kind: 'stale', reason });
  const output = join(tree.build, kind.output);
  if (stateOf(output) === undefined) return stale({ kind: 'output-missing', path: output });
  if (past === undefined) return stale({ kind: 'never-built' });
  if (!past.finished) return stale({ kind: 'unfinished' });
  const difference = recipeDifference(past.recipe, recipe);
  if (difference !== undefined) return stale({ kind: 'state', words: difference });
  const kept = loadSnapshot(snapshotPath(buildPlace(stateDir, tree), kind.scope), tree);
  // The record is written after the snapshot: one without the other was tampered with.
  if (kept === undefined || kept.snapshot.startedMs !== past.startedMs) return stale({ kind: 'state', words: 'the list of its inputs is lost' });
  const reason = reasonOf(changesSince(kept.snapshot, presentOn({ tree, made: kept.made })), past.startedMs);
  return reason === undefined ? { kind: 'fresh' } : stale(reason);
}

async function run(kind: Kind, options: KernelTargetOptions, work: Work): Promise<Result<Made>> {
  const tree = options.tree();
  if (isFailure(tree)) return tree;
  const call = await options.prepare();
  if (isFailure(call)) return call;
  for (const line of call.words) work.say(line);
  const built = await buildByMake({
    tree,
    args: argsOf(call),
    env: call.env,
    place: buildPlace(options.stateDir, tree),
    scope: kind.scope,
    goal: kind.goal,
    output: kind.output,
    jobs: options.jobs,
    log: work.log,
    startedMs: work.startedMs,
    signal: work.signal,
    progress: (progress) => work.progress(progress),
    say: (line) => work.say(line),
  }, options.processes);
  if (isFailure(built)) return built;
  return built.warnings > 0 ? { note: `${built.warnings} warnings: ${work.log}` } : {};
}
