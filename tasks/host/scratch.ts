/** Files for a child that have no name: nothing to clear away, however kloop ends. */
import { closeSync, constants, fchownSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Result } from '../report/failure.ts';
import { codeOf, fileFailure, makeDirectories } from './files.ts';

interface Scratch {
  readonly fd: number;
  close(): void;
}

/** O_TMPFILE: a file that never has a name (open(2); Node has no constant for it). */
const withoutName = 0o20200000;

/** A file with this content and no name; a child that inherits it opens /dev/fd/N. `owner`: who may open it besides us. */
export function scratchFile(dir: string, data: Buffer, owner?: { readonly uid: number; readonly gid: number }): Result<Scratch> {
  let fd: number | undefined;
  const close = (): void => { if (fd !== undefined) closeSync(fd); };
  try {
    makeDirectories(dir);
    fd = openNameless(dir);
    for (let at = 0; at < data.length;) at += writeSync(fd, data, at);
    if (owner !== undefined) fchownSync(fd, owner.uid, owner.gid);
    return { fd, close };
  } catch (error) {
    close();
    return fileFailure('writing a file', dir, error);
  }
}

/** Empty space of this size, of which the file system takes what is written; for a child that writes, and one that reads. */
export function scratchSpace(dir: string, bytes: number): Result<{ readonly write: number; readonly read: number }> {
  let fd: number | undefined;
  try {
    makeDirectories(dir);
    fd = openNameless(dir);
    ftruncateSync(fd, bytes);
    return { write: fd, read: openSync(`/proc/self/fd/${fd}`, 'r') };
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    return fileFailure('making a disk', dir, error);
  }
}

function openNameless(dir: string): number {
  try {
    return openSync(dir, withoutName | constants.O_RDWR, 0o600);
  } catch (error) {
    // NFS and the like cannot: a name for as long as it takes to remove it.
    if (!['EOPNOTSUPP', 'EISDIR', 'ENOENT'].includes(codeOf(error))) throw error;
    const path = join(dir, `.${randomBytes(6).toString('hex')}.tmp`);
    const fd = openSync(path, 'wx+', 0o600);
    rmSync(path);
    return fd;
  }
}
