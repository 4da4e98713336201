/** Takes the snapshot of a build, its inputs and what it made, and asks the disk about the present. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { stateOf, textOf, tickMs, type FileState, type Look } from '../../host/files.ts';
import { entriesOf, isGenerated, isMadeByPlace, listedDirs, madeDirs, toolName, toolPrograms, tracedInputs, untracedInputs, type Scope } from './inputs.ts';
import { fileStates, type Present, type Snapshot } from './changes.ts';
import { isSourceName } from './names.ts';
import { isUnder, type BuildIndex, type BuildDirs } from './index-model.ts';

/** The part of a snapshot that a build reads. */
export type Inputs = Omit<Snapshot, 'outputs' | 'products'>;

interface InputsRequest {
  readonly index: BuildIndex;
  readonly scope: Scope;
  /** When the build started, in ms by the file system's clock. */
  readonly startedMs: number;
  /** What make was seen to make, in this build or before: absolute paths. */
  readonly made: ReadonlySet<string>;
  /** Inputs that changed while the build ran, yet are known to have been read after that. */
  readonly readLater?: ((path: string, changedMs: number) => boolean) | undefined;
  /** `.config` as it was when the build began: make may write it again with the same content. */
  readonly configBefore: string | undefined;
}

/** After so many files keys and signals have their turn, and what a link asks. */
const atOnce = 64;

/** Looks at all inputs, now: some 4,000 stat calls and 350 directories. */
export async function takeInputs(request: InputsRequest): Promise<Inputs> {
  const { index, scope, startedMs, made } = request;
  const { source, build } = index.tree;
  await setImmediate(); // a compiler that it is to run beside is started before
  const kconfigDeps = textOf(join(build, 'include/config/auto.conf.cmd')) ?? '';
  const traced = tracedInputs({ index, scope, kconfigDeps, made });
  const targets = new Set(index.entries.filter((entry) => entry.target >= 0).map((entry) => index.files[entry.target] ?? ''));
  const dirs = new Map<string, { mtimeMs: number; names: string[] }>();
  for (const [i, dir] of [...listedDirs(index, scope, traced)].entries()) {
    if (i % atOnce === 0) await setImmediate();
    const mtimeMs = statSync(dir, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const names = sourceNames(dir).filter((name) => !isGenerated(`${dir}/${name}`, index, targets, made));
    dirs.set(dir, { mtimeMs: mtimeMs > Date.now() - tickMs ? 0 : mtimeMs, names });
  }
  const config = join(build, '.config');
  const inputs = new Map<string, FileState>();
  const unsure = new Set<string>();
  const gone = new Set<string>();
  const untraced = untracedInputs(dirs.keys(), madeDirs(index, scope), source, (dir) => dirs.get(dir)?.names ?? []);
  const scripts = join(source, 'scripts');
  const tools = scope === 'vmlinux' ? namesIn(scripts).filter((name) => toolName.test(name)).map((name) => join(scripts, name)) : [];
  for (const [i, path] of [...new Set([...traced, ...untraced, ...tools])].entries()) {
    if (i % atOnce === 0) await setImmediate();
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined || !stat.isFile()) {
      gone.add(path);
      continue;
    }
    const state = { mtimeMs: stat.mtimeMs, size: stat.size };
    inputs.set(path, state);
    // The time of the last change of any kind: it tells of a file that was put
    // back with its old times as well.
    const changedMs = Math.max(stat.mtimeMs, stat.ctimeMs);
    if (changedMs < startedMs || request.readLater?.(path, changedMs)) continue;
    if (path === join(build, 'vmlinux')) continue; // make itself sees to the order of these two
    if (path === config && request.configBefore === (textOf(config) ?? '')) continue;
    unsure.add(path);
  }
  return {
    startedMs,
    inputs: fileStates(inputs),
    unsure,
    // A word of a command may be no file; what a compiler has read was one.
    absent: gone.size === 0 ? gone : compiledFrom(index, scope, gone),
    dirs: {
      paths: [...dirs.keys()],
      mtimes: Float64Array.from([...dirs.values()].map((dir) => dir.mtimeMs)),
      names: [...dirs.values()].map((dir) => dir.names.join('/')),
    },
    commit: versionCommit({ source, build }),
  };
}

/** The output, and what was made on the way to it, as they are now. */
export function takeMade(index: BuildIndex, scope: Scope, output: string): Pick<Snapshot, 'outputs' | 'products'> {
  return { outputs: fileStates(statesOf([output])), products: fileStates(statesOf(productPaths(index, scope))) };
}

/** What a build has made on the way to its output, looked at before it has ended. */
export interface EarlyProducts {
  /** What it makes no more. */
  readonly settled: ReadonlyMap<string, FileState>;
  readonly open: readonly string[];
}

/** As `takeMade`, for the most part beforehand. `isOpen`: what is yet to be made, or may be. */
export async function lookAtProducts(index: BuildIndex, scope: Scope, isOpen: (path: string) => boolean): Promise<EarlyProducts> {
  await setImmediate();
  const settled = new Map<string, FileState>();
  const open: string[] = [];
  for (const [i, path] of [...productPaths(index, scope)].entries()) {
    if (i % atOnce === 0) await setImmediate();
    if (isOpen(path)) {
      open.push(path);
      continue;
    }
    const state = productState(path);
    if (state !== undefined) settled.set(path, state);
  }
  return { settled, open };
}

/** The rest of it, now. */
export function takeRest({ settled, open }: EarlyProducts, output: string): Pick<Snapshot, 'outputs' | 'products'> {
  return { outputs: fileStates(statesOf([output])), products: fileStates(new Map([...settled, ...statesOf(open)])) };
}

function statesOf(paths: Iterable<string>): Map<string, FileState> {
  const states = new Map<string, FileState>();
  for (const path of paths) {
    const state = productState(path);
    if (state !== undefined) states.set(path, state);
  }
  return states;
}

function productState(path: string): FileState | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? { mtimeMs: stat.mtimeMs, size: stat.size } : undefined;
}

/** The targets of `.cmd` files, and what has none: generated headers, and modpost's texts. */
function productPaths(index: BuildIndex, scope: Scope): Set<string> {
  const { build } = index.tree;
  const paths = new Set<string>();
  const take = (path: string) => { if (isUnder(path, build)) paths.add(path); };
  if (scope === 'vmlinux') for (const program of toolPrograms) take(join(build, program));
  const read = new Uint8Array(index.files.length);
  for (const entry of entriesOf(index, scope)) {
    if (entry.target >= 0) take(index.files[entry.target] ?? '');
    const source = index.files[entry.source] ?? '';
    if (source.endsWith('.mod.c')) take(source);
    for (const dep of entry.deps) read[dep] = 1;
  }
  index.files.forEach((path, i) => { if (read[i] === 1 && path.endsWith('.h') && isMadeByPlace(path, index.tree)) take(path); });
  return paths;
}

/** Those of the paths that a compiler has read. */
function compiledFrom(index: BuildIndex, scope: Scope, paths: ReadonlySet<string>): Set<string> {
  const wanted = new Uint8Array(index.files.length);
  index.files.forEach((path, i) => { if (paths.has(path)) wanted[i] = 1; });
  const read = new Set<string>();
  for (const entry of entriesOf(index, scope)) {
    if (entry.source < 0) continue;
    for (const dep of entry.deps) if (wanted[dep] === 1) read.add(index.files[dep] ?? '');
  }
  return read;
}

/** The disk as it is. `made`: names that do not count as new. */
export function presentOn(index: { tree: BuildDirs; made: ReadonlySet<string> }, look: Look = stateOf): Present {
  return {
    stat: look,
    names: (dir) => sourceNames(dir).filter((name) => !index.made.has(`${dir}/${name}`) && !isMadeByPlace(`${dir}/${name}`, index.tree)),
    commit: () => versionCommit(index.tree),
  };
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

/**
 * The commit that is checked out, where the configuration puts it into the
 * kernel's version (CONFIG_LOCALVERSION_AUTO; scripts/setlocalversion): then
 * a commit without any edit makes another kernel.
 */
function versionCommit({ source, build }: BuildDirs): string | undefined {
  try {
    if (!/^CONFIG_LOCALVERSION_AUTO=y$/m.test(readFileSync(join(build, 'include/config/auto.conf'), 'utf8'))) return undefined;
    let git = join(source, '.git');
    // A worktree has a file here, that says where its own directory is.
    if (statSync(git).isFile()) git = resolve(source, readFileSync(git, 'utf8').replace(/^gitdir: /, '').trim());
    const head = readFileSync(join(git, 'HEAD'), 'utf8').trim();
    const ref = /^ref: (.+)$/.exec(head)?.[1];
    if (ref === undefined) return head;
    const shared = textOf(join(git, 'commondir'))?.trim() ?? '';
    for (const dir of shared === '' ? [git] : [git, resolve(git, shared)]) {
      const id = textOf(join(dir, ref))?.trim() || new RegExp(`^([0-9a-f]+) ${ref.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`, 'm').exec(textOf(join(dir, 'packed-refs')) ?? '')?.[1];
      if (id !== undefined && id !== '') return id;
    }
    return head;
  } catch {
    return undefined; // no git tree, or not configured yet
  }
}
