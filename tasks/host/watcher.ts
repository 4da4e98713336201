/**
 * Directories under watch, by chokidar: one inotify watch for each directory.
 *
 * Chokidar by itself reads every directory it watches and then watches each file
 * in it. Measured with version 5 and the inputs of one kernel (Debian's
 * 6.1 tree, 2 cores), from its import to `ready`:
 *
 *   what is given to chokidar             inotify watches     ms   MiB of process
 *   the 3,488 files                                 3,489    244     85
 *   their 167 directories, depth 0                     10,348  1,032    165
 *   their 167 directories, files ignored                  167    389    118
 *   with Kconfig's, 1,568 directories, ignored          1,568  1,603    249
 *   167 directories, not read (this file)                 167     24     50
 *   1,568 directories, not read                         1,568    168     76
 *
 * Watches on files also lose a file that an editor renames away and writes
 * again. So the directories alone are watched and not read: `_readdirp` is
 * chokidar's one place where a directory is read, and by its type may give
 * nothing. What happens is told by the `raw` event, which names the directory and
 * the entry. The version is pinned in package.json for this reason.
 */
import type { FSWatcher } from 'chokidar';
import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { codeOf } from './files.ts';

interface WatchOptions {
  /** An entry of a watched directory came, went, or was written. A directory that came back is told by its own path. */
  readonly onEvent: (path: string) => void;
  /** A directory cannot be watched: `ENOSPC` is inotify's limit, `EMFILE` that of its instances. Told once for each code. */
  readonly onError: (code: string, message: string) => void;
}

export interface DirectoryWatch {
  /** Resolves when all are watched. May be called again: only the difference is touched. */
  watch(directories: ReadonlySet<string>): Promise<void>;
  close(): Promise<void>;
}

export async function watchDirectories(options: WatchOptions): Promise<DirectoryWatch> {
  const { FSWatcher } = await import('chokidar');
  class Directories extends FSWatcher {
    override _readdirp(): undefined {
      return undefined;
    }
  }
  const told = new Set<string>();
  /** Every directory that is to be watched, with what watches it; `undefined` where it does not exist now. */
  const watched = new Map<string, Batch | undefined>();

  const release = (directory: string) => {
    const batch = watched.get(directory);
    watched.set(directory, undefined);
    if (batch === undefined) return;
    batch.watcher.unwatch(directory);
    if (--batch.directories === 0) void batch.watcher.close();
  };

  const onRaw = (_event: string, name: unknown, details: unknown) => {
    const directory = (details as { watchedPath: string }).watchedPath;
    const path = join(directory, String(name));
    // An entry by the directory's own name: the directory itself was moved or
    // removed (inotify's SELF events), or it has a child that is called so.
    if (name === basename(directory)) {
      void again(directory);
      options.onEvent(directory);
    }
    if (watched.has(path)) void again(path);
    options.onEvent(path);
  };

  const onError = (error: unknown) => {
    const code = codeOf(error);
    if (told.has(code)) return;
    told.add(code);
    options.onError(code, error instanceof Error ? error.message : String(error));
  };

  /** A watcher for each batch: `ready` comes once in a watcher's life, and nothing else says that a watch is in place. */
  const begin = async (directories: readonly string[]) => {
    // Given a directory that does not exist, chokidar would watch the one above it.
    const there = directories.filter(isDirectory);
    for (const directory of directories) watched.set(directory, undefined);
    if (there.length === 0) return;
    const watcher = new Directories({
      ignoreInitial: true, followSymlinks: false, atomic: false, depth: 0, ignorePermissionErrors: true, usePolling: false,
    });
    const batch: Batch = { watcher, directories: there.length };
    for (const directory of there) watched.set(directory, batch);
    watcher.on('raw', onRaw);
    watcher.on('error', onError);
    const ready = new Promise<void>((resolve) => watcher.once('ready', resolve));
    watcher.add(there);
    await ready;
  };

  /** A directory that was made again has another inode: the old watch is deaf. */
  const again = (directory: string) => {
    release(directory);
    return begin([directory]);
  };

  return {
    async watch(directories) {
      for (const directory of [...watched.keys()]) {
        if (directories.has(directory)) continue;
        release(directory);
        watched.delete(directory);
      }
      const added = [...directories].filter((directory) => !watched.has(directory));
      if (added.length > 0) await begin(added);
    },
    async close() {
      const open = new Set([...watched.values()].filter((batch) => batch !== undefined));
      watched.clear();
      await Promise.all([...open].map((batch) => batch.watcher.close()));
    },
  };
}

interface Batch {
  readonly watcher: FSWatcher;
  /** How many directories it still watches. */
  directories: number;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
