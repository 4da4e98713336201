/** Watches all that the kernel is made from, and tells what a change means. */
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stampOf, type Stamp } from '../../host/files.ts';
import { watchDirectories, type DirectoryWatch } from '../../host/watcher.ts';
import type { WatchedChange } from './change.ts';
import { directoriesOf, meaningOf, type Watched, type Ignored } from './watched.ts';
import { gitDirOf, GitPause } from './git.ts';

export interface TreeEvents {
  changed(changes: readonly WatchedChange[]): void;
  ignored(path: string, why: Ignored): void;
  pause(why: 'git' | 'away', on: boolean): void;
  /** The machine was asleep: what changed meanwhile may not have been reported. */
  resumed(): void;
  /** Inotify has no more watches: files are looked at every second from now on. */
  polls(code: string, directories: number): void;
}

export interface TreeWatch {
  /** Watches for these from now on; resolves when all are watched, with whether there are directories among them that were not before. */
  look(watched: Watched): Promise<boolean>;
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

export async function watchTree(first: Watched, events: TreeEvents): Promise<TreeWatch> {
  let watched = first;
  let directories: ReadonlySet<string> = new Set();
  let watch: DirectoryWatch | undefined;
  let poll: NodeJS.Timeout | undefined;
  let stamps = new Map<string, Stamp>();
  let identity = inode(watched.tree);
  const gitDir = gitDirOf(watched.tree);
  const git = gitDir === undefined ? undefined : new GitPause(gitDir, watched.tree, (on) => events.pause('git', on));

  const onEvent = (path: string) => {
    if (path === watched.tree) return lookForTree();
    if (path === dirname(watched.tree)) lookForTree();
    if (git?.concerns(path)) git.look();
    const meaning = meaningOf(path, watched);
    if ('ignored' in meaning) return events.ignored(path, meaning.ignored);
    events.changed([meaning.change]);
    if (watched.alsoDirectories.length > 0 && meaning.change.kind === 'command' && isDirectory(path)) void watchAll();
  };

  /** The tree's directory may have been moved away, and back, or another put in its place. */
  const lookForTree = () => {
    const now = inode(watched.tree);
    if (now === identity) return;
    const before = identity;
    identity = now;
    if (now === undefined) return events.pause('away', true);
    void reopen().then(() => {
      if (before === undefined) events.pause('away', false);
      events.changed([{ path: watched.tree, kind: 'perhaps' }]);
    });
  };

  const onError = (code: string) => {
    if (poll !== undefined || (code !== 'ENOSPC' && code !== 'EMFILE')) return;
    events.polls(code, directories.size);
    stamps = stampsNow(watched);
    poll = setInterval(() => {
      const now = stampsNow(watched);
      for (const [path, stamp] of now) if (stamps.get(path) !== stamp && stamps.has(path)) onEvent(path);
      stamps = now;
      git?.look();
    }, pollMs);
  };

  const watchAll = async () => {
    directories = new Set([
      ...directoriesOf(watched), dirname(watched.tree), ...(gitDir === undefined ? [] : [gitDir]), ...watched.alsoDirectories.flatMap(directoriesBelow),
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
    if (now - apart > lookMs) events.resumed();
    apart = now;
  }, lookMs);
  return {
    async look(next) {
      watched = next;
      const before = directories;
      await watchAll();
      if (poll !== undefined) stamps = new Map([...stampsNow(watched), ...stamps]);
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

function stampsNow(watched: Watched): Map<string, Stamp> {
  const stamps = new Map<string, Stamp>();
  for (const set of [watched.inputs, watched.configs, watched.settings, watched.commands, watched.tests]) for (const path of set) stamps.set(path, stampOf(path));
  for (const directory of watched.alsoDirectories) for (const path of filesBelow(directory)) stamps.set(path, stampOf(path));
  return stamps;
}

/** A directory and all below it, but for git's and npm's own. */
function directoriesBelow(directory: string): string[] {
  if (!isDirectory(directory)) return [];
  const found = [directory];
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory() && entry.name !== '.git' && entry.name !== 'node_modules') found.push(...directoriesBelow(join(directory, entry.name)));
  }
  return found;
}

function filesBelow(directory: string): string[] {
  return directoriesBelow(directory).flatMap((dir) =>
    readdirSync(dir, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [] : [join(dir, entry.name)])));
}
