/** The repository of the user's tree: its commits. Nothing of it is changed. */
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { codeOf, fileFailure } from '../host/files.ts';
import { ownerRefusal } from '../host/git.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { gitIn, type Git, type GitDoors } from './git.ts';
import { historyFailure } from './reasons.ts';

export interface Repository {
  /** The user's tree. */
  readonly tree: string;
  /** The directory that all worktrees of the repository share. */
  readonly shared: string;
  readonly git: Git;
}

export interface Commit {
  readonly id: string;
  readonly subject: string;
  readonly author: string;
  /** When its author made it, as git writes it. */
  readonly date: string;
}

/** @returns the repository whose top the tree is; or `not-a-repository`, or `command-missing` without git */
export async function openRepository(tree: string, doors: GitDoors): Promise<Result<Repository>> {
  const git = gitIn(tree, doors);
  const top = await git.run('rev-parse', '--show-prefix', '--git-common-dir');
  if (isFailure(top)) return top;
  const not = (why: string) => historyFailure({ reason: 'not-a-repository', tree, why });
  if (top.status !== 0) return not(ownerRefusal(top.stderr) ?? 'it is not a git repository');
  const head = await git.run('rev-parse', '--verify', '--quiet', 'HEAD^{commit}');
  if (isFailure(head)) return head;
  if (head.status !== 0) return not('its repository has no commit');
  const [, shared = ''] = top.stdout.split('\n');
  try {
    return { tree, git, shared: realpathSync(resolve(tree, shared)) };
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? not('its repository is gone') : fileFailure('looking for the repository', shared, error);
  }
}

/** @returns the whole id of the commit that a revision names; or `no-commit` */
async function commitOf(revision: string, { git, tree }: Repository): Promise<Result<string>> {
  // What begins with a dash would be an option.
  const found = revision.startsWith('-') ? undefined : await git.run('rev-parse', '--verify', '--quiet', `${revision}^{commit}`);
  if (isFailure(found)) return found;
  if (found?.status === 0) return found.stdout.trim();
  const shallow = await git.run('rev-parse', '--is-shallow-repository');
  return historyFailure({ reason: 'no-commit', revision, tree, shallow: !isFailure(shallow) && shallow.stdout.trim() === 'true' });
}

/** What the history says of a commit. */
export async function describe(id: string, git: Git): Promise<Result<Commit>> {
  const told = await git.ok('looking at a commit', 'log', '-1', '--no-show-signature', '--date=iso', '--format=%s%n%an%n%ad', id);
  if (isFailure(told)) return told;
  const [subject = '', author = '', date = ''] = told.split('\n');
  return { id, subject, author, date };
}

/** Two revisions between which something broke, as commits. */
export async function endsOf(good: string, bad: string, repository: Repository): Promise<Result<{ readonly good: string; readonly bad: string }>> {
  const ids = { good: await commitOf(good, repository), bad: await commitOf(bad, repository) };
  if (isFailure(ids.good)) return ids.good;
  if (isFailure(ids.bad)) return ids.bad;
  if (ids.good === ids.bad) return historyFailure({ reason: 'same-commit', good, bad, commit: ids.good });
  const { git } = repository;
  const comesFrom = (ancestor: string, commit: string) => git.run('merge-base', '--is-ancestor', ancestor, commit);
  const right = await comesFrom(ids.good, ids.bad);
  if (isFailure(right)) return right;
  if (right.status === 0) return { good: ids.good, bad: ids.bad };
  const [wrong, base] = [await comesFrom(ids.bad, ids.good), await git.run('merge-base', ids.good, ids.bad)];
  if (isFailure(wrong)) return wrong;
  if (isFailure(base)) return base;
  return historyFailure({ reason: 'not-an-ancestor', good, bad, reversed: wrong.status === 0, base: base.status === 0 ? base.stdout.split('\n')[0] : undefined });
}

/** The commits of a range, oldest first, and the one before the first of them; `undefined` where that is none. */
export async function commitsIn(range: string, repository: Repository): Promise<Result<{ readonly before: string | undefined; readonly commits: readonly string[] }>> {
  const bad = (wrong: string) => historyFailure({ reason: 'bad-range', range, wrong });
  if (range.includes('...')) return bad('a range has two dots');
  const [from = '', to = 'HEAD'] = range.split('..');
  if (from === '') return bad('it does not say after which commit it begins');
  const base = await commitOf(from, repository);
  if (isFailure(base)) return base;
  const head = await commitOf(to === '' ? 'HEAD' : to, repository);
  if (isFailure(head)) return head;
  const { git } = repository;
  const listed = await git.ok('listing commits', 'rev-list', '--reverse', '--topo-order', `${base}..${head}`);
  if (isFailure(listed)) return listed;
  const commits = listed.split('\n').filter((id) => id !== '');
  const [first] = commits;
  if (first === undefined) return bad('there is no commit in it');
  const parent = await git.run('rev-parse', '--verify', '--quiet', `${first}^`);
  return isFailure(parent) ? parent : { commits, before: parent.status === 0 ? parent.stdout.trim() : undefined };
}

/** Whether the user's tree has changes that are not committed. */
export async function isDirty({ git }: Repository): Promise<Result<boolean>> {
  const ended = await git.run('diff', '--quiet', '--no-ext-diff', '--ignore-submodules', 'HEAD', '--');
  return isFailure(ended) ? ended : ended.status === 1;
}

/** The names of the files in which two commits differ. */
export async function filesBetween(one: string, other: string, git: Git): Promise<Result<ReadonlySet<string>>> {
  const listed = await git.ok('comparing commits', 'diff', '-z', '--name-only', '--no-ext-diff', '--no-renames', one, other);
  return isFailure(listed) ? listed : new Set(listed.split('\0').filter((name) => name !== ''));
}
