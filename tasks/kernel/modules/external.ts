/** Modules from outside the kernel's tree (KERNEL_MODULES): built against our build by Kbuild, `make M=DIR`. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, symlinkSync, type Dirent } from 'node:fs';
import { basename, extname, isAbsolute, join } from 'node:path';
import { fileFailure, mayWriteTo, readText, stateOf, textOf, writeWhole } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import type { BuildDirs } from '../inputs/index-model.ts';
import { isSourceName } from '../inputs/names.ts';
import { buildPlace } from '../inputs/place.ts';
import { makeFailure } from '../make/reasons.ts';
import { runMake } from '../make/run.ts';
import { kernelFailure } from '../reasons.ts';
import { kbuildRefusal } from '../source/tree.ts';
import { listedModules } from './listed.ts';
import type { ViewedModule } from './view.ts';

/** A directory with a Kbuild makefile of its own. */
export interface External {
  /** As the person has it. */
  readonly dir: string;
  /** Where it is built: there, or among links to its files where Kbuild cannot work there. */
  readonly work: string;
}

/** What a build of them needs to know. */
export interface ExternalRequest {
  readonly externals: readonly External[];
  readonly tree: BuildDirs;
  readonly stateDir: string;
  /** What the settings say of make's arguments: another text, another build. */
  readonly args: readonly string[];
  /** make's arguments besides the goal. */
  readonly callArgs: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly jobs: number;
  readonly log: string;
  readonly signal: AbortSignal;
  progress(what: string): void;
  say(line: string): void;
}

/** Kbuild writes beside the sources, and takes no directory with white space or a colon in its path. */
export function externalsOf(dirs: readonly string[], stateDir: string, tree: BuildDirs): External[] {
  return dirs.map((dir) => {
    const apart = kbuildRefusal(dir) !== undefined || !mayWriteTo(dir);
    const name = `${basename(dir).replaceAll(/[^\w.-]/g, '_')}-${createHash('sha256').update(dir).digest('hex').slice(0, 8)}`;
    return { dir, work: apart ? join(buildPlace(stateDir, tree).external, name) : dir };
  });
}

/** No directory of modules has so many; one that does is a person's home directory, or the like. */
const mostFiles = 5000;

/** The sources below a directory, by whole paths; what Kbuild makes is none. */
export function externalSources(dir: string): string[] {
  const found: string[] = [];
  const look = (at: string) => {
    let entries: Dirent[] = [];
    try {
      entries = readdirSync(at, { withFileTypes: true });
    } catch {
      return; // gone, or not ours to read: make will tell
    }
    for (const entry of entries) {
      if (found.length > mostFiles) return;
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) look(join(at, entry.name));
      else if (isSourceName(entry.name) && !/\.mod\.c$/.test(entry.name) && !['.o', '.ko', '.mod', '.a'].includes(extname(entry.name))) found.push(join(at, entry.name));
    }
  };
  look(dir);
  return found.sort();
}

/** What a build of them was made from, as a text: another one, another build. */
export function externalState(externals: readonly External[], { stateDir, tree, args }: Pick<ExternalRequest, 'stateDir' | 'tree' | 'args'>): string {
  const files = externals.flatMap(({ dir }) => externalSources(dir));
  const kernel = [buildPlace(stateDir, tree).snapshot, join(tree.build, 'Module.symvers')];
  return [args.join(' '), ...externals.map(({ work }) => work), ...[...kernel, ...files].map((path) => {
    const state = stateOf(path);
    return `${path} ${state?.mtimeMs ?? 0} ${state?.size ?? 0}`;
  })].join('\n');
}

/** Whether they were built from what is there now. */
export function externalDifference(externals: readonly External[], request: Pick<ExternalRequest, 'stateDir' | 'tree' | 'args'>): string | undefined {
  if (externals.length === 0) return undefined;
  if (textOf(statePath(request)) !== externalState(externals, request)) return `${externals.map(({ dir }) => basename(dir)).join(', ')}: not built as it is now`;
  const gone = externalModules(externals).find(({ built }) => stateOf(built) === undefined);
  return gone === undefined ? undefined : `${basename(gone.built)} is missing`;
}

const statePath = ({ stateDir, tree }: Pick<ExternalRequest, 'stateDir' | 'tree'>) => join(buildPlace(stateDir, tree).external, 'state');

/**
 * Builds them, one after the other: a later one may use what an earlier one exports.
 *
 * @returns nothing; or `no-module`, or as make fails
 */
export async function buildExternals(request: ExternalRequest, processes: Pick<Processes, 'run'>): Promise<Result<void>> {
  const { externals, tree, log, signal } = request;
  const state = externalState(externals, request);
  try {
    rmSync(statePath(request), { force: true });
    for (const one of externals) if (one.work !== one.dir) linkSources(one);
  } catch (error) {
    return fileFailure('building modules', buildPlace(request.stateDir, tree).external, error);
  }
  const symbols: string[] = [];
  for (const { dir, work } of externals) {
    if (!['Kbuild', 'Makefile'].some((name) => stateOf(join(dir, name)) !== undefined)) return kernelFailure({ reason: 'no-module', dir, why: 'it has no Makefile and no Kbuild' });
    request.progress(`make M=${dir}`);
    const made = await runMake({
      tree, args: [...request.callArgs, `M=${work}`, ...(symbols.length === 0 ? [] : [`KBUILD_EXTRA_SYMBOLS=${symbols.join(' ')}`])], env: request.env,
      goal: 'modules', jobs: request.jobs, log, busyFile: buildPlace(request.stateDir, tree).busy, estimate: undefined, signal,
      progress: ({ what }) => request.progress(what), say: (line) => request.say(line),
    }, processes);
    if (makeFailure.is(made, 'compile-failed', 'link-failed', 'make-failed')) {
      return kernelFailure({ reason: 'module-build', dir, said: made.detail.said.map((line) => line.replaceAll(`${work}/`, `${dir}/`)), log });
    }
    if (isFailure(made)) return made;
    if (modulesIn(work).length === 0) return kernelFailure({ reason: 'no-module', dir, why: 'its makefile names none (obj-m)' });
    symbols.push(join(work, 'Module.symvers'));
  }
  return writeWhole(statePath(request), state);
}

/** The modules that were built of them; where two have one name, the later directory's. */
export function externalModules(externals: readonly External[]): ViewedModule[] {
  const byName = new Map(externals.flatMap(({ work }) => modulesIn(work)).map((built) => [`updates/${basename(built)}`, built]));
  return [...byName].map(([name, built]) => ({ built, name }));
}

/** Whole paths, by modules.order: older trees write `kernel/` before each, newer ones whole paths. */
function modulesIn(work: string): string[] {
  const order = readText(join(work, 'modules.order'));
  if (order === undefined || isFailure(order)) return [];
  const whole = (path: string) => (isAbsolute(path) ? path : join(work, path));
  return listedModules(order, (path) => stateOf(whole(path)) !== undefined)
    .map((path) => (path.startsWith(work.slice(1)) ? `/${path}` : whole(path)));
}

/** The same directory, of links to its files; what was built there before stays. */
function linkSources({ dir, work }: External): void {
  mkdirSync(work, { recursive: true });
  const wanted = new Set(externalSources(dir).map((path) => path.slice(dir.length + 1)));
  const look = (at: string) => {
    for (const entry of readdirSync(join(work, at), { withFileTypes: true })) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) look(path);
      else if (entry.isSymbolicLink() && !wanted.has(path)) rmSync(join(work, path));
      else if (entry.isSymbolicLink()) wanted.delete(path);
    }
  };
  look('');
  for (const path of wanted) {
    mkdirSync(join(work, path, '..'), { recursive: true });
    rmSync(join(work, path), { force: true });
    symlinkSync(join(dir, path), join(work, path));
  }
}
