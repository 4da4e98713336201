/** One run of tests: compared with those before it, and kept. */
import { join } from 'node:path';
import { annotated, type Decoded } from '../../console/annotate.ts';
import { writeWhole } from '../../host/files.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { compare, kept, type Changes, type PastRun, type PastTest } from '../history.ts';
import type { Outcome } from '../outcome.ts';
import type { SourceState } from '../source-state.ts';
import type { Lane } from './lane.ts';
import { runTests, type RunOptions } from './run.ts';
import { keepRun, newRun, pastRuns } from './store.ts';

interface KeptRunOptions extends Omit<RunOptions, 'outputDir'> {
  readonly stateDir: string;
  /** Names the kernel: `kernelName`. */
  readonly kernel: string;
  /** The tree that it was built from, as far as that is known. */
  readonly source: Promise<SourceState | undefined>;
}

export interface KeptRun {
  readonly outcomes: readonly Outcome[];
  readonly changes: Changes;
  readonly tookMs: number;
  /** Keeps the reports once more, with their source lines. */
  decoded(lines: Decoded): void;
}

/** @returns or why there are no results: see `runTests` */
export async function keptRun(lanes: readonly Lane[], options: KeptRunOptions): Promise<Result<KeptRun>> {
  const { stateDir, kernel } = options;
  const startedMs = Date.now();
  const dir = newRun(stateDir, startedMs);
  if (isFailure(dir)) return dir;
  const outcomes = await runTests(lanes, { ...options, outputDir: dir });
  if (isFailure(outcomes)) return outcomes;
  const tookMs = Date.now() - startedMs;
  const source = await options.source;
  const files = outcomes.map((outcome, i) => filesOf(outcome, i, dir));
  const run: PastRun = {
    startedMs, kernel, tests: outcomes.map((outcome, i) => kept(outcome, files[i])),
    ...(source === undefined ? {} : {
      source: { tree: source.tree, ...(source.head === undefined ? {} : { head: source.head }), ...(source.diff === '' ? {} : { diff: diffName }) },
    }),
  };
  const past = pastRuns(stateDir);
  const keepSplats = (decoded: Decoded) => outcomes.map(({ complaints }, i) => {
    const name = files[i]?.splats;
    return name === undefined ? undefined : writeWhole(join(dir, name), `${complaints.map((splat) => annotated(splat, decoded).join('\n')).join('\n\n')}\n`);
  });
  const written = [
    ...keepSplats(new Map()),
    source === undefined || source.diff === '' ? undefined : writeWhole(join(dir, diffName), source.diff),
    keepRun(dir, run),
  ].find(isFailure);
  if (written !== undefined) options.say(`the results are not kept: ${written.words.what}`);
  return { outcomes, changes: compare(past, run), tookMs, decoded: keepSplats };
}

const diffName = 'source.diff';

function filesOf({ log, complaints }: Outcome, place: number, dir: string): Pick<PastTest, 'log' | 'splats'> {
  return {
    ...(log?.startsWith(`${dir}/`) === true ? { log: log.slice(dir.length + 1) } : {}),
    ...(complaints.length === 0 ? {} : { splats: `${place}.splats` }),
  };
}
