/** Watches all that feeds the kernel, and tells what a change means. */
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stampOf, type Stamp } from '../host/files.ts';
import { watchDirectories, type FolderWatch } from '../host/watcher.ts';
import type { Change } from './change.ts';
import { foldersOf, meaningOf, type Feeds, type Ignored } from './watched.ts';
import { gitDirOf, GitHold } from './git.ts';

export interface Told {
  changed(changes: readonly Change[]): void;
  ignored(path: string, why: Ignored): void;
  hold(why: 'git' | 'away', on: boolean): void;
  /** The machine was asleep: what changed meanwhile may not have been told. */
  resumed(): void;
  /** Inotify has no more watches: files are looked at every second from now on. */
  polls(code: string, directories: number): void;
}

export interface TreeWatch {
  /** Watches for these from now on; resolves when all are watched, with whether there are directories among them that were not before. */
  look(feeds: Feeds): Promise<boolean>;
  readonly directories: number;
  close(): Promise<void>;
}

/**
 * That the tree itself is moved shows in the directory above it at once. A directory
 * further up is asked for now and then: a watch on each would wake us for
 * every file of /tmp or the home directory. Ms.
 */
const lookMs = 2000;

/** What is polled costs 4,000 stat calls a time: 1.2 % of a processor at this interval (measured). Ms. */
const pollMs = 1000;

export async function watchTree(first: Feeds, told: Told): Promise<TreeWatch> {
  let feeds = first;
  let directories: ReadonlySet<string> = new Set();
  let watch: FolderWatch | undefined;
  let poll: NodeJS.Timeout | undefined;
  let stamps = new Map<string, Stamp>();
  let identity = inode(feeds.tree);
  const gitDir = gitDirOf(feeds.tree);
  const git = gitDir === undefined ? undefined : new GitHold(gitDir, feeds.tree, (on) => told.hold('git', on));

  const onEvent = (path: string) => {
    if (path === feeds.tree) return lookForTree();
    if (path === dirname(feeds.tree)) lookForTree();
    if (git?.concerns(path)) git.look();
    const meaning = meaningOf(path, feeds);
    if ('ignored' in meaning) return told.ignored(path, meaning.ignored);
    told.changed([meaning.change]);
    if (feeds.alsoDirectories.length > 0 && meaning.change.kind === 'command' && isDirectory(path)) void watchAll();
  };

  /** The tree's directory may have been moved away, and back, or another put in its place. */
  const lookForTree = () => {
    const now = inode(feeds.tree);
    if (now === identity) return;
    const before = identity;
    identity = now;
    if (now === undefined) return told.hold('away', true);
    void reopen().then(() => {
      if (before === undefined) told.hold('away', false);
      told.changed([{ path: feeds.tree, kind: 'perhaps' }]);
    });
  };

  const onError = (code: string) => {
    if (poll !== undefined || (code !== 'ENOSPC' && code !== 'EMFILE')) return;
    told.polls(code, directories.size);
    stamps = stampsNow(feeds);
    poll = setInterval(() => {
      const now = stampsNow(feeds);
      for (const [path, stamp] of now) if (stamps.get(path) !== stamp && stamps.has(path)) onEvent(path);
      stamps = now;
      git?.look();
    }, pollMs);
  };

  const watchAll = async () => {
    directories = new Set([
      ...foldersOf(feeds), dirname(feeds.tree), ...(gitDir === undefined ? [] : [gitDir]), ...feeds.alsoDirectories.flatMap(foldersBelow),
    ]);
    await watch?.watch(directories);
  };

  const reopen = async () => {
    await watch?.close();
    watch = await watchDirectories({ onEvent, onError });
    await watchAll();
  };

  await reopen();
  git?.look();
  // While the machine sleeps, this clock stands and the wall's goes on.
  let apart = Date.now() - performance.now();
  const looking = setInterval(() => {
    lookForTree();
    const now = Date.now() - performance.now();
    if (now - apart > lookMs) told.resumed();
    apart = now;
  }, lookMs);
  return {
    async look(next) {
      feeds = next;
      const before = directories;
      await watchAll();
      if (poll !== undefined) stamps = new Map([...stampsNow(feeds), ...stamps]);
      return [...directories].some((directory) => !before.has(directory));
    },
    get directories() { return directories.size; },
    async close() {
      clearInterval(poll);
      clearInterval(looking);
      git?.stop();
      await watch?.close();
    },
  };
}

function inode(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function stampsNow(feeds: Feeds): Map<string, Stamp> {
  const stamps = new Map<string, Stamp>();
  for (const set of [feeds.inputs, feeds.configs, feeds.settings, feeds.commands]) for (const path of set) stamps.set(path, stampOf(path));
  for (const directory of feeds.alsoDirectories) for (const path of filesBelow(directory)) stamps.set(path, stampOf(path));
  return stamps;
}

/** A directory and all below it, but for git's and npm's own. */
function foldersBelow(directory: string): string[] {
  if (!isDirectory(directory)) return [];
  const found = [directory];
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory() && entry.name !== '.git' && entry.name !== 'node_modules') found.push(...foldersBelow(join(directory, entry.name)));
  }
  return found;
}

function filesBelow(directory: string): string[] {
  return foldersBelow(directory).flatMap((dir) =>
    readdirSync(dir, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [] : [join(dir, entry.name)])));
}
