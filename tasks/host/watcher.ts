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
import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
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
  const watcher = new Folders({
    ignoreInitial: true, followSymlinks: false, atomic: false, depth: 0, ignorePermissionErrors: true, usePolling: false,
  });
  const watched = new Set<string>();
  const told = new Set<string>();

  /** A folder that was made anew has another inode: the old watch is deaf. */
  const again = (folder: string) => {
    watcher.unwatch(folder);
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) watcher.add(folder);
  };

  watcher.on('raw', (_event, name, details) => {
    const folder = (details as { watchedPath: string }).watchedPath;
    const path = join(folder, String(name));
    // An entry by the folder's own name: the folder itself was moved or
    // removed (inotify's SELF events), or it has a child that is called so.
    if (name === basename(folder)) {
      again(folder);
      options.onEvent(folder);
    }
    if (watched.has(path)) again(path);
    options.onEvent(path);
  });
  watcher.on('error', (error) => {
    const code = codeOf(error);
    if (told.has(code)) return;
    told.add(code);
    options.onError(code, error instanceof Error ? error.message : String(error));
  });

  return {
    async watch(folders) {
      const added = [...folders].filter((folder) => !watched.has(folder));
      const gone = [...watched].filter((folder) => !folders.has(folder));
      for (const folder of gone) watched.delete(folder);
      for (const folder of added) watched.add(folder);
      if (gone.length > 0) watcher.unwatch(gone);
      if (added.length === 0) return;
      watcher.add(added);
      // `ready` comes once in a watcher's life; the watch of the last folder
      // added is in place when those before it are, for each takes the same steps.
      if (watched.size === added.length) await new Promise<void>((ready) => watcher.once('ready', ready));
    },
    close: () => watcher.close(),
  };
}

/** A folder and all above it: where its being moved away shows. */
export function ancestors(path: string): string[] {
  const above: string[] = [];
  for (let at = dirname(path); ; at = dirname(at)) {
    above.push(at);
    if (at === dirname(at)) return above;
  }
}
