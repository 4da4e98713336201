/** Removing a tree that kloop made, and nothing that a person wrote. */
import { existsSync, promises, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Settings } from '../../../config/settings.ts';
import { fileFailure, readText } from '../../host/files.ts';
import { lookingGit } from '../../host/git.ts';
import { takeLock } from '../../host/lock.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { interrupted } from '../../report/interrupted.ts';
import { copiesDir, whoseConfig } from '../config/ownership.ts';
import { chosenTree, readChoice } from '../source/choice.ts';
import { cloneMark } from '../source/git.ts';
import { listFiles, manifestName, readManifest, type Manifest } from '../source/manifest.ts';
import { partialOf } from '../source/partial.ts';
import { isBuildProduct } from './products.ts';
import { kernelFailure } from '../reasons.ts';

interface CleanRequest {
  readonly settings: Settings;
  readonly processes: Processes;
  readonly signal?: AbortSignal;
}

/** Shown of each kind of finding, before 'and N more'. */
const shownFiles = 5;

/**
 * Removes the chosen tree.
 *
 * @returns the paths removed, none where there is no tree; `users-files` with
 *   what the user wrote there; or `not-ours-to-remove` where kloop did not make it.
 */
export async function cleanSource(request: CleanRequest): Promise<Result<string[]>> {
  const tree = chosenTree(request.settings);
  if (isFailure(tree)) return kernelFailure.is(tree, 'source-not-chosen') ? [] : tree;
  const lock = await takeLock({ name: `tree:${tree}`, holder: 'npm run clean -- source', signal: request.signal });
  if (lock === undefined) return interrupted(request.signal);
  try {
    const rests = [partialOf(tree), join(dirname(tree), `.${basename(tree)}.kloop-download`)].filter((path) => existsSync(path));
    if (!existsSync(tree)) return await remove(rests);
    if (request.settings.tree?.kind === 'own') return kernelFailure({ reason: 'not-ours-to-remove', tree, why: 'it is your own' });
    // A copy of a tree that kloop unpacked holds kloop's list, and is a person's all the same.
    const named = readChoice(request.settings)?.entry ?? request.settings.kernelSources[0];
    if (named?.startsWith('dir:')) return kernelFailure({ reason: 'not-ours-to-remove', tree, why: 'KERNEL_SOURCES names it as your own directory (dir:)' });
    const findings = await usersWork(tree, request);
    if (isFailure(findings)) return findings;
    if (findings.length > 0) return kernelFailure({ reason: 'users-files', tree, findings });
    for (const path of rests) await promises.rm(path, { recursive: true, force: true });
    // Away from its place at once: a removal that is killed half-way must not leave half a tree there.
    renameSync(tree, partialOf(tree));
    const removed = await remove([partialOf(tree)]);
    return isFailure(removed) ? removed : [tree];
  } catch (error) {
    return fileFailure('removing a kernel tree', tree, error);
  } finally {
    await lock.release();
  }
}

async function remove(paths: readonly string[]): Promise<Result<string[]>> {
  for (const path of paths) {
    try {
      await promises.rm(path, { recursive: true, force: true });
    } catch (error) {
      return fileFailure('removing a kernel tree', path, error);
    }
  }
  return [...paths];
}

/** What of a tree is a person's work, in words; or `not-ours-to-remove`. */
async function usersWork(tree: string, request: CleanRequest): Promise<Result<string[]>> {
  const findings: string[] = [];
  const mark = readText(join(tree, '.git', cloneMark));
  const manifest = await readManifest(tree);
  if (isFailure(manifest)) return manifest;
  if (typeof mark === 'string') {
    const found = await workInClone(tree, mark, request);
    if (isFailure(found)) return found;
    findings.push(...found);
  } else if (manifest !== undefined && !existsSync(join(tree, '.git'))) {
    findings.push(...workInUnpacked(tree, manifest));
  } else {
    return kernelFailure({ reason: 'not-ours-to-remove', tree, why: manifest === undefined ? 'kloop did not make it' : 'it has become a git repository since it was unpacked' });
  }
  const dotConfig = join(tree, '.config');
  const whose = whoseConfig(dotConfig, copiesDir(request.settings.stateDir, dotConfig));
  if (isFailure(whose)) return whose;
  if (whose.whose === 'yours') findings.push('.config was edited by hand');
  return findings;
}

/** Compares the tree with the list made when it was unpacked. */
function workInUnpacked(tree: string, manifest: Manifest): string[] {
  const now = listFiles(tree, new Set([manifestName]));
  const changed: string[] = [];
  const added: string[] = [];
  for (const [path, what] of now) {
    const was = manifest.get(path);
    if (was === undefined) {
      if (path !== '.config' && !isBuildProduct(path, (other) => now.has(other))) added.push(path);
    } else if (was !== what) changed.push(path);
  }
  const gone = [...manifest.keys()].filter((path) => !now.has(path));
  return [...counted('changed', changed), ...counted('added', added), ...counted('removed', gone)];
}

async function workInClone(tree: string, mark: string, { processes, signal }: CleanRequest): Promise<Result<string[]>> {
  const git = (...args: string[]) => processes.runOk(`looking for your work in ${tree}`, {
    argv: ['git', '-C', tree, ...args], env: lookingGit, signal,
  });
  const findings: string[] = [];
  // Ignored files too: the kernel's .gitignore passes over patches and dot files that people write.
  const status = await git('status', '--porcelain=v1', '-z', '--untracked-files=all', '--ignored=traditional');
  if (isFailure(status)) return status;
  const { changed, others } = parseStatus(status.stdout);
  const there = (path: string) => existsSync(join(tree, path));
  const untracked = others.filter((path) => path !== '.config' && !isBuildProduct(path, there));

  const cloned = /^commit ([0-9a-f]{40,64})$/m.exec(mark)?.[1];
  // `--all`: branches, tags, and the stash
  const revisions = ['HEAD', '--all', '--not', '--remotes', ...(cloned === undefined ? [] : [cloned])];
  const commits = await git('log', '--format=%h %s', ...revisions);
  if (isFailure(commits)) return commits;
  const worktrees = await git('worktree', 'list', '--porcelain');
  if (isFailure(worktrees)) return worktrees;
  const linked = worktrees.stdout.split('\n').filter((line) => line.startsWith('worktree ')).slice(1).map((line) => line.slice('worktree '.length));

  findings.push(...counted('commits that are not on the remote', commits.stdout.split('\n').filter((line) => line !== '')));
  findings.push(...counted('changed', changed), ...counted('untracked', untracked), ...counted('worktrees that belong to it', linked));
  return findings;
}

/** `git status --porcelain -z`: changed paths, and those that git does not track. A rename's old name follows as an entry of its own. */
export function parseStatus(output: string): { changed: string[]; others: string[] } {
  const changed: string[] = [];
  const others: string[] = [];
  const entries = output.split('\0').filter((entry) => entry !== '');
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] ?? '';
    const [state, path] = [entry.slice(0, 2), entry.slice(3)];
    if (state === '??' || state === '!!') others.push(path);
    else changed.push(path);
    if (/[RC]/.test(state)) i++;
  }
  return { changed, others };
}

function counted(what: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const more = items.length - shownFiles;
  return [`${what}: ${items.slice(0, shownFiles).join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}
