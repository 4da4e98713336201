/**
 * A built tree that was moved or copied. Kbuild names files by relative
 * paths, except in two places: below tools/ (objtool, resolve_btfids) and, in
 * a build directory of its own, for the source. make then finds that every
 * command changed: objtool is made again, and all objects depend on it. In a
 * copy it is worse: what tools/ is made from is looked for in the other tree.
 *
 * Where nothing but the path differs, the paths are put right in the `.cmd`
 * files. make compares them with its own commands as ever, and has the last
 * word: what differs otherwise it makes again.
 */
import { realpathSync, statSync, utimesSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stateOf, textOf, writeWhole } from '../../host/files.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { loadSnapshot } from '../inputs/snapshot-store.ts';
import { isUnder, type BuildDirs } from '../inputs/index-model.ts';
import { findCmdFiles } from '../inputs/index-store.ts';
import { buildPathIn, sourcePathIn, withRenames, type Renames } from './moved-paths.ts';

/** What was found out about a tree that was somewhere else. */
interface Moved {
  /** The build directory's old path, where its files name one. */
  readonly build: string | undefined;
  /** The source's, where it is not the build directory and its path is named. */
  readonly source: string | undefined;
  /** The files below tools/ that name an old build directory, and which. */
  readonly tools: readonly { readonly path: string; readonly build: string }[];
}

/** The object whose `.cmd` file says where the source was; it is put right last, so that a run that was killed goes on. */
const witness = 'init/.main.o.cmd';

/** Files that a build of most configurations has below tools/. (6.1 to 6.18; for its own fixdep tools/build leaves none from 6.12 on) */
const toolWitnesses = ['tools/objtool/.objtool-in.o.cmd', 'tools/bpf/resolve_btfids/.resolve_btfids-in.o.cmd'];

/**
 * Whether a tree that counts as up to date may have been somewhere else since:
 * moved away, built there, and moved back. A few files are read.
 */
export function mayHaveMoved(tree: BuildDirs): boolean {
  const real = realTree(tree);
  if (real === undefined) return false;
  const elsewhere = toolWitnesses.some((name) => (buildPathIn(textOf(join(tree.build, name)) ?? '', name.replace(/\.([^/]+)\.cmd$/, '$1')) ?? real.build) !== real.build);
  return elsewhere || (real.build !== real.source && (sourcePathIn(textOf(join(tree.build, witness)) ?? '') ?? real.source) !== real.source);
}

/** Looks whether a tree was built somewhere else: 700 directories below tools/. @returns `undefined` where it was not, or where nothing says so */
export function movedFrom(tree: BuildDirs): Moved | undefined {
  const real = realTree(tree);
  if (real === undefined) return undefined;
  const tools = findCmdFiles({ ...tree, build: join(tree.build, 'tools') }).flatMap(({ path }) => {
    const build = buildPathIn(textOf(path) ?? '', targetOf(path, tree.build));
    return build === undefined || build === real.build ? [] : [{ path, build }];
  });
  const build = tools[0]?.build;
  const named = real.build === real.source ? undefined : sourcePathIn(textOf(join(tree.build, witness)) ?? '');
  const source = named === real.source ? undefined : named;
  return build === undefined && source === undefined ? undefined : { build, source, tools };
}

/** In words, why such a tree is not up to date. */
export function movedWords({ build, source }: Moved): string {
  return source === undefined ? `it was built in ${build}, then moved or copied here` : `it was compiled from ${source}, but the source is somewhere else now`;
}

/** What was done about it, in lines for the person. */
type PutRight = readonly string[];

/**
 * Puts the paths right where that is safe.
 *
 * @param snapshot where the list of what the last build was made from is kept
 */
export function putPathsRight(tree: BuildDirs, snapshot: string): Result<PutRight> {
  const moved = movedFrom(tree);
  const real = realTree(tree);
  if (moved === undefined || real === undefined) return [];
  const { source, build } = moved;
  if (source !== undefined && !(isUnder(real.build, real.source) && isUnder(build ?? real.build, source) && relative(source, build ?? real.build) === relative(real.source, real.build))) {
    const difference = notTheSame(tree, source, snapshot);
    if (difference !== undefined) return [`this kernel was compiled from ${source}, and every command contains that path: make recompiles all of it, because ${difference}`];
  }
  const oldSource = (oldBuild: string) => source ?? (real.build !== real.source && isUnder(real.build, real.source) ? oldBuild.slice(0, -relative(real.source, real.build).length - 1) : undefined);
  for (const { path, build: old } of moved.tools) {
    const from = oldSource(old);
    const failure = rewrite(path, new Map([...(from === undefined ? [] : [[from, real.source] as const]), [old, real.build]]));
    if (failure !== undefined) return failure;
  }
  const all = source === undefined ? [] : commandsOf(tree);
  for (const path of all) {
    const failure = rewrite(path, new Map([...(build === undefined ? [] : [[build, real.build] as const]), [source ?? '', real.source]]));
    if (failure !== undefined) return failure;
  }
  const from = source ?? build ?? '';
  const named = source === undefined ? `${moved.tools.length} files in tools/ contain that path` : `${all.length} files contain that path`;
  const debug = /^CONFIG_DEBUG_INFO=y$/m.test(textOf(join(tree.build, 'include/config/auto.conf')) ?? '');
  return [
    `this kernel was built in ${from}: ${named}. They were fixed, and nothing needs recompiling because of the move`,
    ...(debug ? [`its debug information still contains ${from}; npm run clean -- kernel has it built again`] : []),
  ];
}

/** The paths as make has them: it asks the kernel where it is, which knows of no symbolic links. */
function realTree({ source, build }: BuildDirs): BuildDirs | undefined {
  try {
    return { source: realpathSync(source), build: realpathSync(build) };
  } catch {
    return undefined;
  }
}

/** What a `.cmd` file is about, as seen from the build directory. */
function targetOf(path: string, build: string): string {
  const cut = path.lastIndexOf('/') + 1;
  return `${path.slice(build.length + 1, cut)}${path.slice(cut + 1, -'.cmd'.length)}`;
}

/**
 * Whether another source has taken the place of the one that was compiled:
 * older files of another version would pass for what the objects come from.
 *
 * @returns in words, what is not as it was; `undefined` where all is, or is newer, which make sees
 */
function notTheSame(tree: BuildDirs, old: string, snapshot: string): string | undefined {
  const kept = loadSnapshot(snapshot, { source: old, build: tree.build });
  if (kept === undefined) return 'it is unknown which files it was compiled from';
  const { inputs: { paths, numbers }, unsure, startedMs } = kept.snapshot;
  for (let i = 0; i < paths.length; i++) {
    const path = paths[i] ?? '';
    if (!isUnder(path, old)) continue;
    const rest = path.slice(old.length + 1);
    const now = stateOf(join(tree.source, rest));
    if (now === undefined) return `${rest} is missing`;
    const same = now.mtimeMs === numbers[2 * i] && now.size === numbers[2 * i + 1] && !unsure.has(path);
    if (!same && now.mtimeMs < startedMs) return `${rest} has changed`;
  }
  return undefined;
}

/** All `.cmd` files of a build, the witness last; without those that say where a link leads, which make is to make again. */
function commandsOf(tree: BuildDirs): string[] {
  const last = join(tree.build, witness);
  const paths = findCmdFiles(tree).map(({ path }) => path).filter((path) => path !== last && !/^(?:saved)?cmd_\S+ := +ln /m.test(textOf(path) ?? ''));
  return [...paths, last];
}

/** Its times are kept, to the microsecond: a `.cmd` file that is no older than its target proves that to be whole. */
function rewrite(path: string, renames: Renames): Result<void> {
  const text = textOf(path) ?? '';
  const right = withRenames(text, renames);
  if (right === text) return undefined;
  const { atimeNs, mtimeNs, mode } = statSync(path, { bigint: true });
  const written = writeWhole(path, right, Number(mode & 0o7777n));
  if (isFailure(written)) return written;
  const seconds = (ns: bigint) => Number((ns + 999n) / 1000n) / 1e6;
  utimesSync(path, seconds(atimeNs), seconds(mtimeNs));
}
