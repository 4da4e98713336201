/**
 * /lib/modules/RELEASE of a build, without an installation: second names for the
 * modules as the last good build left them, and depmod's lists. It is the guest's,
 * and stays as it is while a later build is at work or fails.
 */
import { copyFileSync, constants, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileFailure, stateOf, textOf, type FileState } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import type { BuildDirs } from '../inputs/index-model.ts';
import { kernelFailure } from '../reasons.ts';
import { listedAlike } from './alike.ts';
import { installedPath, listedModules } from './listed.ts';
import type { ModulesPlace } from './place.ts';
import { isSigned, type Signing } from './signing.ts';

/** A module, and its name in the view. */
export interface ViewedModule {
  /** Where the build has it. */
  readonly built: string;
  /** Below the view: `kernel/net/ipv4/tcp_bbr.ko`. */
  readonly name: string;
}

/** What depmod writes; the first of them goes before anything else is changed. */
const listed = ['modules.dep', 'modules.alias'];

/** What depmod reads besides the modules. */
const lists = ['modules.builtin', 'modules.builtin.modinfo'];

/** The modules of the kernel's own tree. */
export function builtModules({ build }: BuildDirs): ViewedModule[] {
  return listedModules(textOf(join(build, 'modules.order')) ?? '', (path) => stateOf(join(build, path)) !== undefined)
    .map((path) => ({ built: join(build, path), name: installedPath(path) }));
}

/** How the view differs from the build; nothing where it does not. Looks, and changes nothing. */
export function viewDifference(modules: readonly ViewedModule[], tree: BuildDirs, place: ModulesPlace, signing?: Signing): string | undefined {
  if (listed.some((name) => stateOf(join(place.dir, name)) === undefined)) return 'depmod has not listed them';
  if (textOf(orderOf(place)) !== orderText(modules)) return 'there are other modules';
  if (!sameSigner(place, signing)) return 'another key signs them';
  const changed = changedModules(modules, place, signing);
  if (changed.length > 0) return `${changed.length === 1 ? changed[0]?.name ?? '' : `${changed.length} modules`} changed`;
  return lists.some((name) => !sameFile(join(tree.build, name), join(place.dir, name))) ? 'what is built in changed' : undefined;
}

const orderOf = ({ dir }: ModulesPlace) => join(dir, 'modules.order');
const orderText = (modules: readonly ViewedModule[]) => modules.map(({ name }) => `${name}\n`).join('');

/** Which state of each module the view has, by its name there. */
export function moduleStates({ dir }: Pick<ModulesPlace, 'dir'>): Map<string, string> {
  const states = new Map<string, string>();
  for (const name of (textOf(join(dir, 'modules.order')) ?? '').split('\n')) {
    const state = name === '' ? undefined : stateOf(join(dir, name));
    if (state !== undefined) states.set(name, `${state.mtimeMs} ${state.size}`);
  }
  return states;
}

const signerOf = ({ dir }: ModulesPlace) => join(dir, 'signed-by');
const sameSigner = (place: ModulesPlace, signing: Signing | undefined) => (textOf(signerOf(place)) ?? '') === (signing?.by ?? '');

function changedModules(modules: readonly ViewedModule[], place: ModulesPlace, signing: Signing | undefined): readonly ViewedModule[] {
  return sameSigner(place, signing) ? modules.filter(({ built, name }) => !sameFile(built, join(place.dir, name), signing !== undefined)) : modules;
}

/** A second name, or a copy that has the same times. `signed`: it may have a signature at its end. */
function sameFile(built: string, viewed: string, signed = false): boolean {
  const [before, now] = [stateOf(viewed), stateOf(built)];
  if (before === undefined || now === undefined) return before === now;
  return (signed ? before.size >= now.size : before.size === now.size) && sameTime(before, now);
}

/** A copy's times may be rounded. */
const sameTime = (a: FileState, b: FileState) => Math.abs(a.mtimeMs - b.mtimeMs) < 1;

interface ViewRequest {
  readonly modules: readonly ViewedModule[];
  readonly tree: BuildDirs;
  readonly place: ModulesPlace;
  /** Modules are written again in their place (BTF): a second name would change with them. */
  readonly copies: boolean;
  /** What signs them, where the kernel wants it. */
  readonly signing?: Signing | undefined;
  /** At least 1. */
  readonly jobs: number;
  readonly log: string;
  readonly signal: AbortSignal;
}

/**
 * Makes the view what the build is. A run that is killed leaves one without
 * modules.dep, which the next one puts right.
 *
 * @returns the modules that changed or came, by their names in the view; or `module-missing`, `modules-unlisted`
 */
export async function makeView(request: ViewRequest, processes: Pick<Processes, 'run'>): Promise<Result<readonly string[]>> {
  const { modules, tree, place } = request;
  const missing = modules.find(({ built }) => stateOf(built) === undefined);
  if (missing !== undefined) return kernelFailure({ reason: 'module-missing', path: missing.built });
  const { signing } = request;
  const changed = changedModules(modules, place, signing);
  const stays = listStays(request, changed);
  try {
    for (const release of namesBelow(dirname(place.dir))) if (release !== place.release) rmSync(join(dirname(place.dir), release), { recursive: true, force: true });
    mkdirSync(place.dir, { recursive: true });
    if (!stays) rmSync(join(place.dir, 'modules.dep'), { force: true });
    const kept = new Set(modules.map(({ name }) => name));
    for (const name of (textOf(orderOf(place)) ?? '').split('\n')) if (name !== '' && !kept.has(name)) rmSync(join(place.dir, name), { force: true });
    rmSync(signerOf(place), { force: true });
    if (signing === undefined) for (const { built, name } of changed) replace(built, join(place.dir, name), request.copies);
    else {
      const failed = await replaceSigned(changed, { ...request, signing }, processes);
      if (failed !== undefined) return failed;
      writeFileSync(signerOf(place), signing.by);
    }
    for (const name of lists) {
      rmSync(join(place.dir, name), { force: true });
      if (stateOf(join(tree.build, name)) !== undefined) replace(join(tree.build, name), join(place.dir, name), true);
    }
    lead(tree.build, join(place.dir, 'build'));
    lead(tree.source, join(place.dir, 'source'));
    writeFileSync(orderOf(place), orderText(modules));
  } catch (error) {
    return fileFailure("making the guest's /lib/modules", place.dir, error);
  }
  if (stays) return changed.map(({ name }) => name);
  const ran = await processes.run({ argv: ['depmod', '--basedir', place.base, place.release], log: request.log, signal: request.signal });
  if (isFailure(ran)) return ran;
  if (ran.status !== 0) {
    rmSync(join(place.dir, 'modules.dep'), { force: true });
    return kernelFailure({ reason: 'modules-unlisted', dir: place.dir, said: ran.tail, log: request.log });
  }
  return changed.map(({ name }) => name);
}

/** What is more, or larger, is not worth it: depmod lists all then, which takes a second and more where there are thousands. */
const mostCompared = { modules: 4, bytes: 16 * 2 ** 20 };

/** Whether the lists are right for what is changed as well: for both states of each, so that a run that is killed leaves nothing wrong. */
function listStays({ modules, tree, place, signing }: ViewRequest, changed: readonly ViewedModule[]): boolean {
  if (changed.length > mostCompared.modules || !sameSigner(place, signing) || textOf(orderOf(place)) !== orderText(modules)) return false;
  if (listed.some((name) => stateOf(join(place.dir, name)) === undefined) || lists.some((name) => !sameFile(join(tree.build, name), join(place.dir, name)))) return false;
  const isSmall = (path: string) => (stateOf(path)?.size ?? Infinity) <= mostCompared.bytes;
  return changed.every(({ built, name }) => {
    const viewed = join(place.dir, name);
    return isSmall(viewed) && isSmall(built) && listedAlike(readFileSync(viewed), readFileSync(built));
  });
}

function namesBelow(dir: string): string[] {
  return lstatSync(dir, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(dir);
}

/** In one step, for a guest may be looking. */
function replace(built: string, viewed: string, copies: boolean): void {
  const made = newFile(viewed);
  if (copies || !tryLink(built, made)) {
    copyFileSync(built, made, constants.COPYFILE_FICLONE);
    takeTimes(built, made);
  }
  take(made, viewed);
}

function newFile(viewed: string): string {
  const made = join(dirname(viewed), `.new-${process.pid}-${basename(viewed, '.ko')}`);
  mkdirSync(dirname(viewed), { recursive: true });
  rmSync(made, { force: true });
  return made;
}

function takeTimes(from: string, to: string): void {
  const { atime, mtime } = lstatSync(from);
  utimesSync(to, atime, mtime);
}

function take(made: string, viewed: string): void {
  // Of two names of one file rename(2) leaves both.
  rmSync(viewed, { force: true });
  renameSync(made, viewed);
}

/** Copies with a signature, some at a time. One that was signed by whoever built it keeps that. */
async function replaceSigned(modules: readonly ViewedModule[], { place, signing, jobs, log, signal }: ViewRequest & { readonly signing: Signing }, processes: Pick<Processes, 'run'>): Promise<Failure | undefined> {
  const queue = [...modules];
  let failed: Failure | undefined;
  const worker = async () => {
    for (let module = queue.shift(); module !== undefined && failed === undefined; module = queue.shift()) {
      const viewed = join(place.dir, module.name);
      const made = newFile(viewed);
      copyFileSync(module.built, made, constants.COPYFILE_FICLONE);
      if (!isSigned(made)) {
        const ran = await processes.run({ argv: [...signing.argv, made], log, signal });
        if (isFailure(ran)) failed = ran;
        else if (ran.status !== 0) failed = kernelFailure({ reason: 'module-unsigned', path: module.built, said: ran.tail, log });
      }
      if (failed !== undefined) return rmSync(made, { force: true });
      takeTimes(module.built, made);
      take(made, viewed);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return failed;
}

function tryLink(built: string, made: string): boolean {
  try {
    linkSync(built, made);
    return true;
  } catch {
    return false; // another file system, or one without second names
  }
}

/** What builds modules looks there for the kernel's headers. */
function lead(to: string, link: string): void {
  rmSync(link, { force: true });
  symlinkSync(to, link);
}
