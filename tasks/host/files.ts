/** Files: their times, and writes that are whole or not at all. */
import { randomBytes } from 'node:crypto';
import { accessSync, closeSync, constants, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isFailure, type Result } from '../report/failure.ts';
import { hostFailure } from './reasons.ts';

/** When a file was last changed, in ms since 1970, or that there is none. */
export type Stamp = 'missing' | number;

/** A file's time and size: what tells one state of it from another, an older one put back with its old time included. */
export interface FileState {
  readonly mtimeMs: number;
  readonly size: number;
}

/**
 * Asks the disk about a file; `undefined` where there is none.
 *
 * @param remember the answer serves whoever asks later in the same pass: for files that several targets ask about
 */
export type Look = (path: string, remember?: 'remember') => FileState | undefined;

/** A file system's clock ticks at most so coarsely (10 ms at CONFIG_HZ=100); twice that is past all doubt. */
export const tickMs = 20;

export function stampOf(path: string): Stamp {
  return stateOf(path)?.mtimeMs ?? 'missing';
}

/** Synchronous: a plan asks for 4,000 of them, and promises would cost more than the system calls. */
export function stateOf(path: string): FileState | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? undefined : { mtimeMs: stat.mtimeMs, size: stat.size };
}

/** A look at the disk that has seen nothing yet. */
export function freshLook(): Look {
  const seen = new Map<string, FileState>();
  return (path, remember) => {
    const known = seen.get(path);
    if (known !== undefined) return known;
    const state = stateOf(path);
    if (remember !== undefined && state !== undefined) seen.set(path, state);
    return state;
  };
}

/** A file's text, or `undefined` where there is none. Other errors are failures. */
export function readText(path: string): Result<string | undefined> {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? undefined : fileFailure('reading a file', path, error);
  }
}

/** A file's text; `undefined` where it cannot be read, for whatever cause. */
export function textOf(path: string): string | undefined {
  const text = readText(path);
  return isFailure(text) ? undefined : text;
}

/** Whether this user may write to what is there. */
export function mayWriteTo(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Names in a directory; none where it cannot be read. */
export function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** Where a symbolic link leads; `undefined` where there is none. */
export function linkText(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** The same, as an absolute path: Kbuild's link from a build directory to its tree is `..`, where that lies in the tree. */
export function linkTarget(path: string): string | undefined {
  const text = linkText(path);
  return text === undefined ? undefined : resolve(dirname(path), text);
}

/**
 * Makes a directory and those above it, where they are missing. Not `recursive:
 * true`: below a directory where nobody can make one, such as /proc, Node 20
 * asks again for ever. A tree's `.kloop` is made in a tree alone: one that was
 * removed does not come back with nothing else in it.
 */
export function makeDirectories(path: string): void {
  if (makeDirectory(path, 'ENOENT')) return;
  if (basename(path) !== '.kloop') makeDirectories(dirname(path));
  makeDirectory(path);
}

/** @returns false where it failed as was to be expected. */
function makeDirectory(path: string, expected?: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (codeOf(error) === expected) return false;
    if (codeOf(error) === 'EEXIST' && statSync(path).isDirectory()) return true;
    throw error;
  }
}

/** Writes a file by a temporary one beside it and a rename: a reader sees the old text or the new one. */
export function writeWhole(path: string, data: string | Buffer | readonly Buffer[], mode?: number): Result<void> {
  const temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`);
  try {
    makeDirectories(dirname(path));
    const file = openSync(temporary, 'w', mode);
    try {
      // One after another: put together they would be in memory twice.
      for (const part of typeof data === 'string' || Buffer.isBuffer(data) ? [data] : data) writeFileSync(file, part);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    return fileFailure('writing a file', path, error);
  }
}

/** Writes only where the content differs, so that an unchanged file keeps its time. Tells whether it wrote. */
export function writeIfDifferent(path: string, data: string): Result<boolean> {
  const old = readText(path);
  if (old === data) return false;
  const written = writeWhole(path, data);
  return written === undefined ? true : written;
}

/** So many bytes of an open file from `offset` on, in a buffer of the caller's where it gives one that is large enough; fewer where the file ends before. */
export function readAt(fd: number, offset: number, size: number, into: Buffer = Buffer.alloc(size)): Buffer {
  let length = 0;
  for (let n = -1; n !== 0 && length < size; length += n) n = readSync(fd, into, length, size - length, offset + length);
  return into.subarray(0, length);
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

export function fileFailure(doing: string, path: string, error: unknown) {
  const message = error instanceof Error ? error.message : String(error);
  return hostFailure({ reason: 'file-error', doing, path, code: codeOf(error), message });
}

/** The path of a program, found as execvp(3) finds it; `undefined` where there is none. */
export function findProgram(program: string, searchPath = process.env['PATH'] ?? ''): string | undefined {
  // sbin is not on every user's PATH, yet `ip` and `dnsmasq` live there.
  const dirs = program.includes('/') ? [''] : [...searchPath.split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  for (const dir of dirs) {
    const path = dir === '' ? program : join(dir, program);
    // Asked without an error first: it is not in most places, and an error costs ten times the question.
    try {
      if (!statSync(path, { throwIfNoEntry: false })?.isFile()) continue;
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not here, or not ours to run
    }
  }
  return undefined;
}
