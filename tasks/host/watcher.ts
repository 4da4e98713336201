/**
 * Folders under watch, by chokidar: one inotify watch for each folder.
 *
 * Chokidar by itself reads every folder it watches and then watches each file
 * in it. Measured with version 5 and the files that feed one kernel (Debian's
 * 6.1 tree, 2 cores), from its import to `ready`:
 *
 *   what is given to chokidar             inotify watches     ms   MiB of process
 *   the 3,488 files                                 3,489    244     85
 *   their 167 folders, depth 0                     10,348  1,032    165
 *   their 167 folders, files ignored                  167    389    118
 *   with Kconfig's, 1,568 folders, ignored          1,568  1,603    249
 *   167 folders, not read (this file)                 167     24     50
 *   1,568 folders, not read                         1,568    168     76
 *
 * Watches on files also lose a file that an editor renames away and writes
 * anew. So the folders alone are watched and not read: `_readdirp` is
 * chokidar's one place where a folder is read, and by its type may give
 * nothing. What happens is told by the `raw` event, which names the folder and
 * the entry. The version is pinned in package.json for this reason.
 */
import type { FSWatcher } from 'chokidar';
import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { codeOf } from './files.ts';

export interface WatchOptions {
  /** An entry of a watched folder came, went, or was written. A folder that came back is told by its own path. */
  readonly onEvent: (path: string) => void;
  /** A folder cannot be watched: `ENOSPC` is inotify's limit, `EMFILE` that of its instances. Told once for each code. */
  readonly onError: (code: string, message: string) => void;
}

export interface FolderWatch {
  /** Resolves when all are watched. May be called again: only the difference is touched. */
  watch(folders: ReadonlySet<string>): Promise<void>;
  close(): Promise<void>;
}

export async function watchFolders(options: WatchOptions): Promise<FolderWatch> {
  const { FSWatcher } = await import('chokidar');
  class Folders extends FSWatcher {
    override _readdirp(): undefined {
      return undefined;
    }
  }
  const told = new Set<string>();
  /** Every folder that is to be watched, with what watches it; `undefined` where it does not exist now. */
  const watched = new Map<string, Batch | undefined>();

  const release = (folder: string) => {
    const batch = watched.get(folder);
    watched.set(folder, undefined);
    if (batch === undefined) return;
    batch.watcher.unwatch(folder);
    if (--batch.folders === 0) void batch.watcher.close();
  };

  const onRaw = (_event: string, name: unknown, details: unknown) => {
    const folder = (details as { watchedPath: string }).watchedPath;
    const path = join(folder, String(name));
    // An entry by the folder's own name: the folder itself was moved or
    // removed (inotify's SELF events), or it has a child that is called so.
    if (name === basename(folder)) {
      void again(folder);
      options.onEvent(folder);
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
  const begin = async (folders: readonly string[]) => {
    // Given a folder that does not exist, chokidar would watch the one above it.
    const there = folders.filter(isFolder);
    for (const folder of folders) watched.set(folder, undefined);
    if (there.length === 0) return;
    const watcher = new Folders({
      ignoreInitial: true, followSymlinks: false, atomic: false, depth: 0, ignorePermissionErrors: true, usePolling: false,
    });
    const batch: Batch = { watcher, folders: there.length };
    for (const folder of there) watched.set(folder, batch);
    watcher.on('raw', onRaw);
    watcher.on('error', onError);
    const ready = new Promise<void>((resolve) => watcher.once('ready', resolve));
    watcher.add(there);
    await ready;
  };

  /** A folder that was made anew has another inode: the old watch is deaf. */
  const again = (folder: string) => {
    release(folder);
    return begin([folder]);
  };

  return {
    async watch(folders) {
      for (const folder of [...watched.keys()]) {
        if (folders.has(folder)) continue;
        release(folder);
        watched.delete(folder);
      }
      const added = [...folders].filter((folder) => !watched.has(folder));
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
  /** How many folders it still watches. */
  folders: number;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
