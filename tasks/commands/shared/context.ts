/** What a command is given: the settings, and the doors to the outside. Made once for each run of kloop. */
import { homedir } from 'node:os';
import { relative } from 'node:path';
import type { NoTree, OwnTree } from '../../../config/own-tree.ts';
import type { Settings } from '../../../config/settings.ts';
import { asTyped } from '../../cli/as-typed.ts';
import { bringUp, type Ran, type World } from '../../graph/execute.ts';
import type { RunEvent } from '../../graph/event.ts';
import type { Targets } from '../../graph/order.ts';
import { newLog } from '../../host/logs.ts';
import { Processes } from '../../host/processes/process.ts';
import { loadSettings, type AskedVariant } from '../../host/settings.ts';
import { besideVariants, onOwnConfig } from '../../kernel/config/builds.ts';
import { findTree } from '../../kernel/source/find-tree.ts';
import { openState } from '../../graph/state.ts';
import { makeReporter } from '../../progress/choose.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { allTargets, type TargetOptions } from '../../targets/index.ts';

interface ContextOptions {
  /** Kloop's own directory. */
  readonly root: string;
  /** Kloop is an installed package, not a checkout. */
  readonly installed: boolean;
  /** Where the person is. */
  readonly cwd: string;
  /** The kernel tree that --tree names, absolute. */
  readonly tree: string | undefined;
  readonly variant: AskedVariant | undefined;
  /** How this run is called to another that waits for it. */
  readonly runName: string;
  readonly quiet: boolean;
  /** The command line's settings. */
  readonly overrides: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** How bringing up went. */
export interface Brought extends Ran {
  /** What the targets told of themselves, made or fresh. */
  readonly notes: ReadonlyMap<string, string>;
}

export interface Context {
  readonly settings: Settings;
  /** Where the person is: relative paths on the command line start there. */
  readonly cwd: string;
  readonly processes: Processes;
  readonly world: World;
  readonly signal: AbortSignal;
  readonly quiet: boolean;
  /** Writes a line of kloop's own to stderr. */
  readonly say: (line: string) => void;
  /** Shortens a path for a person. */
  readonly short: (path: string) => string;
  targets(options?: TargetOptions): Targets;
  /** Brings targets up to date, and shows how it goes. */
  bringUp(goals: readonly string[], options?: TargetOptions & { readonly force?: readonly string[] }): Promise<Result<Brought>>;
  /** Reads the settings again, as `watch` does when a file of theirs has changed. */
  reload(): Result<Context>;
  /** The same with some settings overridden, as if they stood on the command line. */
  with(overrides: Readonly<Record<string, string>>): Result<Context>;
  /** The same for a variant of the tree. */
  forVariant(name: string): Result<Context>;
  /**
   * The same settings for another tree, which is built in itself, and in which nobody has settings of its own.
   *
   * @param logs the directory for the logs of its targets
   */
  inTree(tree: OwnTree, logs: string): Context;
}

export function makeContext(options: ContextOptions): Result<Context> {
  const found = findTree({ cwd: options.cwd, named: options.tree, projectDir: options.root, env: process.env });
  return isFailure(found) ? found : contextFor(options, found, new Processes());
}

/** @param found the tree, which stays the same for the whole run */
function contextFor(options: ContextOptions, found: OwnTree | NoTree, processes: Processes): Result<Context> {
  const loaded = loadSettings({ projectDir: options.root, installed: options.installed, found, variant: options.variant, overrides: options.overrides });
  if (isFailure(loaded)) return loaded;
  const settings = loaded.variant === undefined ? besideVariants(loaded) : onOwnConfig(loaded);
  const world = openState({ dir: settings.stateDir, runName: options.runName });
  return contextWith(settings, world, {
    options, processes,
    again: (changed) => contextFor({ ...options, ...changed, overrides: { ...options.overrides, ...changed.overrides } }, found, processes),
  });
}

interface Making {
  readonly options: ContextOptions;
  readonly processes: Processes;
  /** Reads the settings again, with more overrides, or for a variant. */
  readonly again: (changed: Partial<Pick<ContextOptions, 'overrides' | 'variant'>>) => Result<Context>;
}

function contextWith(settings: Settings, world: World, { options, processes, again }: Making): Context {
  const short = shortener(settings);
  const targets = (more: TargetOptions = {}) => allTargets({ settings, processes, world }, more);
  return {
    settings,
    cwd: options.cwd,
    processes,
    world,
    signal: options.signal,
    quiet: options.quiet,
    say: (line) => { if (!options.quiet) process.stderr.write(asTyped(`kloop: ${line}\n`)); },
    short,
    targets,
    async bringUp(goals, more = {}) {
      const reporter = makeReporter({ quiet: options.quiet, stderr: process.stderr, short, asTyped, sharesTerminal: mayAskForPassword(goals, more) });
      const notes = new Map<string, string>();
      const emit = (event: RunEvent) => {
        if ((event.kind === 'skipped' || event.kind === 'finished') && event.note !== undefined) notes.set(event.target, event.note);
        reporter.emit(event);
      };
      const ran = await bringUp(targets(more), { goals, signal: options.signal, emit, force: new Set(more.force) }, world);
      await reporter.end();
      return isFailure(ran) ? ran : { ...ran, notes };
    },
    reload: () => again({}),
    with: (overrides) => again({ overrides }),
    forVariant: (name) => again({ variant: { name } }),
    inTree: (tree, logs) => contextWith(
      { ...settings, tree, topDir: tree.path, kernelSources: [`dir:${tree.path}`], kernelBuildDir: undefined, kernelBuildDirBy: undefined },
      { ...world, logFor: (target) => newLog(logs, target) },
      {
        options, processes,
        again: (changed) => {
          const other = again(changed);
          return isFailure(other) ? other : other.inTree(tree, logs);
        },
      },
    ),
  };
}

/** Whether sudo may run: for packages, and for what changes the host. */
function mayAskForPassword(goals: readonly string[], { install }: TargetOptions): boolean {
  return process.getuid?.() !== 0 && (install === true || goals.some((goal) => ['python', 'vido', 'bridge'].includes(goal)));
}

/** Paths in the tree, or in the source directory, by their last part that tells; in the home directory with `~`. */
function shortener(settings: Settings): (path: string) => string {
  return (path) => {
    const inTree = settings.tree?.kind === 'own' ? relative(settings.tree.path, path) : '';
    if (!inTree.startsWith('..') && inTree !== '') return inTree;
    const inRepos = relative(settings.reposDir, path);
    if (!inRepos.startsWith('..') && inRepos !== '') return inRepos.split('/').slice(1).join('/') || inRepos;
    const inProject = relative(settings.projectDir, path);
    if (!inProject.startsWith('..') && inProject !== '') return inProject;
    return path.startsWith(`${homedir()}/`) ? `~${path.slice(homedir().length)}` : path;
  };
}
