/** What `bisect` and `each` begin with: the VM that is asked for, the user's repository, the worktree, and kloop's context in it. */
import { rmSync } from 'node:fs';
import type { OwnTree } from '../../../config/own-tree.ts';
import type { Call } from '../../cli/spec.ts';
import type { Context } from '../../commands/shared/context.ts';
import { withUserFound } from '../../commands/shared/named-user.ts';
import { sourceTree } from '../../commands/shared/source-tree.ts';
import { askedVm, type AskedVm } from '../../commands/shared/vm-request.ts';
import { fileFailure, readText, writeWhole } from '../../host/files.ts';
import { askedFile, copiesDir, whoseConfig } from '../../kernel/config/ownership.ts';
import type { ConfigRequest } from '../../kernel/config/request.ts';
import { nicsRefusal } from '../../network/nics/nics.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { dotConfigPath } from '../../targets/config.ts';
import { historyPlace, type HistoryPlace } from '../place.ts';
import { isDirty, openRepository, type Repository } from '../repository.ts';
import { openWorktree, type Worktree } from '../worktree.ts';

interface Asked {
  readonly by: 'bisect' | 'each';
  readonly place: HistoryPlace;
  readonly vm: AskedVm;
  readonly install: boolean;
  readonly repository: Repository;
}

/** What is wrong with it is told before anything is made. */
export async function whatIsAsked(call: Call, context: Context, by: Asked['by']): Promise<Result<Asked>> {
  const named = withUserFound(call);
  if (isFailure(named)) return named;
  const { settings } = context;
  if (settings.vmRunner === 'vido') context.say(`${by} always uses kloop's own launcher: VM_RUNNER=vido only works with \`vm\``);
  const asked = askedVm(named, settings, context.cwd);
  const refused = nicsRefusal(asked.nics, { ours: settings.bridgeName, settings });
  if (refused !== undefined) return refused;
  const tree = await sourceTree(call, context, by);
  if (isFailure(tree)) return tree;
  const repository = await openRepository(tree, context);
  if (isFailure(repository)) return repository;
  return { by, place: historyPlace(settings.stateDir), vm: { ...asked, name: `${asked.name.slice(0, 25)}-${by}` }, install: call.options['install'] === true, repository };
}

/** Where commits are built and run. */
export interface Workshop extends Asked {
  readonly worktree: Worktree;
  /** The user's settings, with the worktree for the tree. */
  readonly context: Context;
  /** What each commit's .config is made from; `undefined`: kloop generates it. */
  readonly config: ConfigRequest | undefined;
}

/**
 * @param commit where a new worktree begins
 * @param goesOn it begins with the .config that it began with before
 */
export async function openWorkshop(asked: Asked, commit: string, goesOn: boolean, context: Context): Promise<Result<Workshop>> {
  const { place, repository, by } = asked;
  const dirty = await isDirty(repository);
  if (isFailure(dirty)) return dirty;
  if (dirty) context.say(`${context.short(repository.tree)} has uncommitted changes: they are not tested, and stay as they are`);
  const worktree = await openWorktree(place.tree, commit, repository, context);
  if (isFailure(worktree)) return worktree;
  const tree: OwnTree = { kind: 'own', path: place.tree, why: `the worktree of kloop ${by}`, state: place.dir, build: undefined };
  const inWorktree = context.inTree(tree, place.logs);
  const kept = goesOn ? undefined : keepConfig(place.config(by), context);
  if (isFailure(kept)) return kept;
  const config = configFor(place.config(by), context, inWorktree);
  return isFailure(config) ? config : { ...asked, worktree, context: inWorktree, config };
}

/** A .config of the user's own is kept as it is now. */
function keepConfig(path: string, { settings }: Context): Result<void> {
  const dotConfig = dotConfigPath(settings);
  if (isFailure(dotConfig)) return dotConfig;
  const whose = whoseConfig(dotConfig, copiesDir(settings.stateDir, dotConfig));
  if (isFailure(whose)) return whose;
  return whose.whose === 'yours' ? writeWhole(path, whose.text) : remove(path);
}

/**
 * Each commit's .config is made from the one that the user has, not from the one
 * of the commit that was tested before: that lacks the options which only
 * others have, and would depend on the way that was taken.
 */
function configFor(path: string, { settings: users }: Context, { settings }: Context): Result<ConfigRequest | undefined> {
  const text = readText(path);
  if (isFailure(text)) return text;
  if (text !== undefined) return { options: [], whole: { path: '.config', text }, addMissing: false };
  const [theirs, ours] = [dotConfigPath(users), dotConfigPath(settings)];
  if (isFailure(theirs)) return theirs;
  if (isFailure(ours)) return ours;
  // Generated, with what was asked for there by single options.
  const asked = readText(askedFile(users.stateDir, theirs));
  if (isFailure(asked)) return asked;
  const here = askedFile(settings.stateDir, ours);
  const done = asked === undefined ? remove(here) : writeWhole(here, asked);
  if (isFailure(done)) return done;
  const whose = whoseConfig(ours, copiesDir(settings.stateDir, ours));
  if (isFailure(whose)) return whose;
  // Of a run that began with one of the user's own: it would be kept.
  return whose.whose === 'yours' ? remove(ours) : undefined;
}

function remove(path: string): Result<undefined> {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    return fileFailure('removing a file', path, error);
  }
}
