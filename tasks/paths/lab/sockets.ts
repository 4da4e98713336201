/** The directory of the sockets between a VM and its peer: nobody else's, with a short path, gone with kloop or at its next start. */
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileFailure } from '../../host/files.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { runtimeDir } from '../../vms/runtime-dir.ts';

const prefix = 'kloop-paths-';

/** @param owner who may go there besides us: QEMU's user, where we are root */
export function makeSocketDir(owner?: { readonly uid: number; readonly gid: number }): Result<string> {
  // Beside the VMs' own directory, in which each directory is a VM: a path that is short enough for a socket.
  const vms = runtimeDir();
  if (isFailure(vms)) return vms;
  const parent = dirname(vms);
  try {
    sweep(parent);
    const dir = mkdtempSync(join(parent, `${prefix}${process.pid}-`));
    if (owner !== undefined) chownSync(dir, owner.uid, owner.gid);
    return dir;
  } catch (error) {
    return fileFailure('making a directory for sockets', parent, error);
  }
}

/** Those of kloops that were killed. */
function sweep(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

/** Resolves when all of them are there. */
export function socketsThere(dir: string, paths: readonly string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(dir, { signal });
    const look = () => {
      if (!paths.every((path) => existsSync(path))) return;
      watcher.close();
      resolve();
    };
    watcher.on('change', look);
    watcher.on('error', () => watcher.close());
    look();
  });
}
