/** Takes the snapshot of a kernel's inputs after a build, keeps it, and asks the disk about the present. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { readText, writeWhole } from '../host/files.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { isGenerated, listedDirs, madeDirs, toolName, tracedInputs, untracedInputs, type Scope } from './freshness-inputs.ts';
import type { DirState, FileState, Present, Snapshot } from './freshness-judge.ts';
import { isSourceName } from './freshness-names.ts';
import type { BuildIndex, KernelTree } from './index-model.ts';
import type { BuildPlace } from './index-place.ts';

const version = 1;

/** A file system's clock ticks at most so coarsely (10 ms at CONFIG_HZ=100); twice that is past all doubt. */
const tickMs = 20;

export interface SnapshotRequest {
  readonly index: BuildIndex;
  readonly scope: Scope;
  /** When the build started, in ms by the file system's clock. */
  readonly startedMs: number;
  readonly outputs: readonly string[];
  /** What make was seen to make, in this build or before: absolute paths. */
  readonly made: ReadonlySet<string>;
  /** Inputs that changed while the build ran, yet are known to have been read after that. */
  readonly readLater?: ((path: string, changedMs: number) => boolean) | undefined;
  /** `.config` as it was when the build began: make may write it anew with the same content. */
  readonly configBefore: string | undefined;
}

/** Looks at all inputs, now: some 4,000 stat calls and 350 directories. */
export function takeSnapshot(request: SnapshotRequest): Snapshot {
  const { index, scope, startedMs, made } = request;
  const { source, build } = index.tree;
  const kconfigDeps = textOf(join(build, 'include/config/auto.conf.cmd'));
  const traced = tracedInputs({ index, scope, kconfigDeps, made });
  const targets = new Set(index.entries.filter((entry) => entry.target >= 0).map((entry) => index.files[entry.target] ?? ''));
  const dirs = new Map<string, DirState>();
  for (const dir of listedDirs(index, scope, traced)) {
    const mtimeMs = statSync(dir, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const names = sourceNames(dir).filter((name) => !isGenerated(join(dir, name), index, targets, made));
    dirs.set(dir, { mtimeMs: mtimeMs > Date.now() - tickMs ? 0 : mtimeMs, names });
  }
  const config = join(build, '.config');
  const inputs = new Map<string, FileState>();
  const unsure = new Set<string>();
  const untraced = untracedInputs(madeDirs(index, scope), (dir) => dirs.get(dir)?.names ?? []);
  const scripts = join(source, 'scripts');
  const tools = scope === 'vmlinux' ? namesIn(scripts).filter((name) => toolName.test(name)).map((name) => join(scripts, name)) : [];
  for (const path of new Set([...traced, ...untraced, ...tools])) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined || !stat.isFile()) continue; // a word of a command that is no file
    const state = { mtimeMs: stat.mtimeMs, size: stat.size };
    inputs.set(path, state);
    // The time of the last change of any kind: it tells of a file that was put
    // back with its old times as well.
    const changedMs = Math.max(stat.mtimeMs, stat.ctimeMs);
    if (changedMs < startedMs || request.readLater?.(path, changedMs)) continue;
    if (path === join(build, 'vmlinux')) continue; // make itself sees to the order of these two
    if (path === config && request.configBefore === textOf(config)) continue;
    unsure.add(path);
  }
  const outputs = new Map<string, FileState>();
  for (const path of request.outputs) {
    const state = stateOf(path);
    if (state !== undefined) outputs.set(path, state);
  }
  return { startedMs, outputs, inputs, unsure, dirs, commit: versionCommit({ source, build }) };
}

/** The disk as it is. `made`: names that do not count as new. */
export function presentOn(index: { tree: KernelTree; made: ReadonlySet<string> }): Present {
  return {
    stat: stateOf,
    names: (dir) => sourceNames(dir).filter((name) => !index.made.has(`${dir}/${name}`)),
    commit: () => versionCommit(index.tree),
  };
}

export function stateOf(path: string): FileState | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? undefined : { mtimeMs: stat.mtimeMs, size: stat.size };
}

function sourceNames(dir: string): string[] {
  return namesIn(dir).filter(isSourceName).sort();
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return []; // gone
  }
}

function textOf(path: string): string {
  const text = readText(path);
  return isFailure(text) || text === undefined ? '' : text;
}

/**
 * The commit that is checked out, where the configuration puts it into the
 * kernel's version (CONFIG_LOCALVERSION_AUTO; scripts/setlocalversion): then
 * a commit without any edit makes another kernel.
 */
function versionCommit({ source, build }: KernelTree): string | undefined {
  try {
    if (!/^CONFIG_LOCALVERSION_AUTO=y$/m.test(readFileSync(join(build, 'include/config/auto.conf'), 'utf8'))) return undefined;
    let git = join(source, '.git');
    // A worktree has a file here, that says where its own directory is.
    if (statSync(git).isFile()) git = resolve(source, readFileSync(git, 'utf8').replace(/^gitdir: /, '').trim());
    const head = readFileSync(join(git, 'HEAD'), 'utf8').trim();
    const ref = /^ref: (.+)$/.exec(head)?.[1];
    if (ref === undefined) return head;
    const shared = textOf(join(git, 'commondir')).trim();
    for (const dir of shared === '' ? [git] : [git, resolve(git, shared)]) {
      const id = textOf(join(dir, ref)).trim() || new RegExp(`^([0-9a-f]+) ${ref.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`, 'm').exec(textOf(join(dir, 'packed-refs')))?.[1];
      if (id !== undefined && id !== '') return id;
    }
    return head;
  } catch {
    return undefined; // no git tree, or not configured yet
  }
}

/** Where the snapshot of a scope is kept. */
export function snapshotPath(place: BuildPlace, scope: Scope): string {
  return scope === 'vmlinux' ? place.snapshot : place.imageSnapshot;
}

/** What is kept between runs. */
export interface Kept {
  readonly snapshot: Snapshot;
  readonly made: ReadonlySet<string>;
}

/** Flat, because 5,000 small objects take ten times as long to read. */
interface Stored {
  readonly version: number;
  readonly tree: KernelTree;
  readonly startedMs: number;
  readonly commit: string | undefined;
  readonly made: readonly string[];
  readonly unsure: readonly string[];
  readonly outputs: readonly string[];
  readonly inputs: readonly string[];
  readonly dirs: readonly string[];
  /** The names of each directory, joined by `/`. */
  readonly names: readonly string[];
  /** Time and size of outputs and inputs, then the time of the directories. */
  readonly states: Float64Array;
}

/** The snapshot of the last finished build, or `undefined` where there is none that can be read. */
export function loadSnapshot(path: string, tree: KernelTree): Kept | undefined {
  try {
    const stored = deserialize(readFileSync(path)) as Stored;
    if (stored.version !== version || stored.tree.build !== tree.build || stored.tree.source !== tree.source) return undefined;
    const { states } = stored;
    let at = 0;
    const next = () => states[at++] ?? 0;
    const stateMap = (paths: readonly string[]) => new Map(paths.map((file): [string, FileState] => [file, { mtimeMs: next(), size: next() }]));
    const outputs = stateMap(stored.outputs);
    const inputs = stateMap(stored.inputs);
    const dirs = new Map(stored.dirs.map((dir, i): [string, DirState] => [dir, { mtimeMs: next(), names: (stored.names[i] ?? '').split('/').filter((name) => name !== '') }]));
    return {
      made: new Set(stored.made),
      snapshot: { startedMs: stored.startedMs, commit: stored.commit, unsure: new Set(stored.unsure), outputs, inputs, dirs },
    };
  } catch {
    return undefined;
  }
}

export function saveSnapshot(path: string, tree: KernelTree, { snapshot, made }: Kept): Result<void> {
  const states: number[] = [];
  for (const map of [snapshot.outputs, snapshot.inputs]) for (const state of map.values()) states.push(state.mtimeMs, state.size);
  for (const dir of snapshot.dirs.values()) states.push(dir.mtimeMs);
  const stored: Stored = {
    version,
    tree,
    startedMs: snapshot.startedMs,
    commit: snapshot.commit,
    made: [...made],
    unsure: [...snapshot.unsure],
    outputs: [...snapshot.outputs.keys()],
    inputs: [...snapshot.inputs.keys()],
    dirs: [...snapshot.dirs.keys()],
    names: [...snapshot.dirs.values()].map((dir) => dir.names.join('/')),
    states: Float64Array.from(states),
  };
  return writeWhole(path, serialize(stored));
}
