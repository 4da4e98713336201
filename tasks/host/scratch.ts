/** Files for a child that have no name: nothing to clear away, however kloop ends. */
import { closeSync, fchownSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Result } from '../report/failure.ts';
import { fileFailure } from './files.ts';

export interface Scratch {
  readonly fd: number;
  close(): void;
}

/** An unlinked file with this content; a child that inherits it opens /dev/fd/N. `owner`: who may open it besides us. */
export function scratchFile(dir: string, data: Buffer, owner?: { readonly uid: number; readonly gid: number }): Result<Scratch> {
  const path = join(dir, `.${randomBytes(6).toString('hex')}.tmp`);
  let fd: number | undefined;
  const done = (): void => { if (fd !== undefined) closeSync(fd); };
  try {
    mkdirSync(dir, { recursive: true });
    fd = openSync(path, 'wx+', 0o600);
    rmSync(path);
    for (let at = 0; at < data.length;) at += writeSync(fd, data, at);
    if (owner !== undefined) fchownSync(fd, owner.uid, owner.gid);
    return { fd, close: done };
  } catch (error) {
    done();
    rmSync(path, { force: true });
    return fileFailure('writing a file', path, error);
  }
}
