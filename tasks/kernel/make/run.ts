/** Runs make for a kernel: progress, the compiler's lines, and a failure that says what to do. */
import { existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import type { Progress } from '../../graph/target.ts';
import { fileFailure, namesIn } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import type { BuildDirs } from '../inputs/index-model.ts';
import { linkTroubles } from './link-errors.ts';
import { lostHost } from './build-hosts.ts';
import { diagnostics, failedTargets, isLinked, madeBy, outsideCause, parseStep, saidOfFailure, withoutRule } from './output.ts';
import { makeFailure } from './reasons.ts';

interface MakeRequest {
  readonly tree: BuildDirs;
  /** Arguments besides `-j` and the goal: `O=…`, `CC=…`. */
  readonly args: readonly string[];
  /** Where make is called; default: in the source. */
  readonly cwd?: string | undefined;
  /** Over kloop's own environment. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly goal: string;
  /** Goals besides. */
  readonly also?: readonly string[] | undefined;
  /** Processes that compile at once; at least 1. */
  readonly jobs: number;
  readonly log: string;
  /** A file that make and all its children keep locked: none of them is overlooked by the next run. */
  readonly busyFile: string;
  /** About how many steps there are; `undefined` where nobody knows. */
  readonly estimate: number | undefined;
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
  say(line: string): void;
}

/** What make did. */
export interface MakeRun {
  /** What it made, by its own words: absolute paths, and when each was begun, in ms since 1970. */
  readonly made: ReadonlyMap<string, number>;
  /** Steps it announced. */
  readonly steps: number;
  readonly warnings: number;
}

/** How many lines of warnings are shown at once; the log has them all. */
const shownWarnings = 30;

/** Warnings and errors are found by their English words; make's own flags of an outer make would change its output. */
export const makeEnvironment: Readonly<Record<string, string | undefined>> = {
  LC_ALL: undefined,
  LC_MESSAGES: 'C',
  LANGUAGE: undefined,
  MAKEFLAGS: undefined,
  MFLAGS: undefined,
  MAKELEVEL: undefined,
};

/** The command as a person would type it, from within the source. */
export function makeCommand(request: Pick<MakeRequest, 'args' | 'goal' | 'also' | 'jobs'>): string[] {
  return ['make', '-j', String(request.jobs), ...request.args, request.goal, ...request.also ?? []];
}

export async function runMake(request: MakeRequest, processes: Pick<Processes, 'run'>): Promise<Result<MakeRun>> {
  const { tree, log, signal } = request;
  try {
    mkdirSync(dirname(request.busyFile), { recursive: true });
  } catch (error) {
    return fileFailure("keeping kloop's records", request.busyFile, error);
  }
  const made = new Map<string, number>();
  const errors: string[] = [];
  const losses = new Set<string>();
  let steps = 0;
  const ended = await processes.run({
    argv: ['flock', '--no-fork', request.busyFile, ...makeCommand(request)],
    cwd: request.cwd ?? tree.source,
    env: { ...makeEnvironment, ...request.env },
    log,
    signal,
    onLine: (line, stream) => {
      if (stream === 'stderr') {
        errors.push(line);
        const lost = lostHost(line);
        if (lost !== undefined && !losses.has(lost)) {
          losses.add(lost);
          request.say(`build host ${lost} no longer answers; its share is compiled elsewhere`);
        }
        return;
      }
      const step = parseStep(line);
      if (step === undefined) return;
      steps++;
      for (const path of madeBy(step)) made.set(isAbsolute(path) ? path : join(tree.build, path), Date.now());
      request.progress({ what: `${step.verb} ${step.target}`, done: steps, ...(request.estimate === undefined ? {} : { total: Math.max(request.estimate, steps) }) });
    },
  });
  if (isFailure(ended)) return ended;
  if (ended.status !== 0) return failureOf(errors, ended.status, request);
  const goal = join(tree.build, request.goal);
  if (request.goal.includes('vmlinux') && !existsSync(goal)) return makeFailure({ reason: 'make-made-nothing', path: goal, log });
  return { made, steps, warnings: showWarnings(errors, request) };
}

/** How many lines of a failure are shown; the log has them all. */
const shownOfFailure = 60;

/** Why make failed: the tools' own lines first, as they came. */
export function failureOf(errors: readonly string[], status: number | string, request: Pick<MakeRequest, 'tree' | 'log' | 'jobs'>, failed: readonly string[] = failedTargets(errors)): Failure {
  const { tree, log } = request;
  const found = diagnostics(errors);
  const failing = saidOfFailure(found, failed, shownOfFailure);
  const said = failing.length > 0 ? failing : errors.slice(-30);
  const cause = outsideCause(errors);
  if (cause === 'no-space') return makeFailure({ reason: 'build-no-space', dir: tree.build, said, log });
  if (cause === 'killed') return makeFailure({ reason: 'build-killed', said, jobs: request.jobs, log });
  const linked = failed.filter(isLinked);
  // Of warnings alone nobody knows whether they are the cause.
  const troubles = linkTroubles(failing.map((line) => line.replaceAll(`${tree.source}/`, '')));
  const compiles = failed.some((target) => target.endsWith('.o') && !isLinked(target));
  if (!compiles && (troubles.length > 0 || linked.length > 0)) {
    return makeFailure({ reason: 'link-failed', targets: linked.length > 0 ? [] : failed, troubles, said, log });
  }
  const [lacking] = withoutRule(errors);
  if (!found.some(({ kind }) => kind === 'error') && lacking !== undefined) return makeFailure({ reason: 'source-missing', ...sourceOf(lacking, tree.source), tree: tree.source, said: errors.slice(-5), log });
  return found.some(({ kind }) => kind === 'error') || failing.length > 0 ? makeFailure({ reason: 'compile-failed', targets: failed, said, log }) : makeFailure({ reason: 'make-failed', status, said, log });
}

/** The file that make misses, as far as it can be said; and one beside it whose name differs in upper and lower case alone. */
function sourceOf(lacking: string, source: string): { readonly file: string; readonly twin: string | undefined } {
  const stem = lacking.replace(/\.o$/, '');
  const dir = dirname(resolve(source, stem));
  const twin = namesIn(dir).find((name) => name !== `${basename(stem)}.c` && name.toLowerCase() === `${basename(stem)}.c`.toLowerCase());
  return { file: lacking.endsWith('.o') ? `${stem}.c` : lacking, twin: twin === undefined ? undefined : join(dirname(stem), twin) };
}

/** Shows warnings, unless they are so many that nobody would read them. @returns how many there were */
export function showWarnings(errors: readonly string[], request: Pick<MakeRequest, 'say' | 'log'>): number {
  const warnings = diagnostics(errors).filter((diagnostic) => diagnostic.kind === 'warning');
  let lines = 0;
  let shown = 0;
  for (const warning of warnings) {
    if ((lines += warning.lines.length) > shownWarnings) break;
    warning.lines.forEach((line) => request.say(line));
    shown++;
  }
  if (shown < warnings.length) request.say(`${warnings.length - shown} more warnings: ${request.log}`);
  return warnings.length;
}
