/** What a made file is told by: its time, its size, and what is in it. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { FileState } from './files.ts';

export interface Fingerprint extends FileState {
  /** Of its content; of a large file, of samples. */
  readonly hash: string;
}

/** Files up to this size, in bytes, are read whole: a guest's init is (0.9 MB, 1 ms). */
const wholeBytes = 2 ** 20;
const samples = 64;
const sampleBytes = 4096;

/**
 * Reads a file; of a large one (a vmlinux has 40 MB, with debug information
 * 400) 64 pages from its first to its last, in less than a millisecond. They
 * tell of what happens to files at rest: cut short, written over by another,
 * zeroes in its place after a power cut. They do not tell of a few bytes
 * changed by a person who puts time and size back.
 *
 * @returns `undefined` where there is no file that can be read
 */
export function fingerprintOf(path: string): Fingerprint | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const { mtimeMs, size } = fstatSync(fd);
    const hash = createHash('sha256');
    for (const [at, length] of partsOf(size)) {
      const bytes = Buffer.allocUnsafe(length);
      hash.update(bytes.subarray(0, readSync(fd, bytes, 0, length, at)));
    }
    return { mtimeMs, size, hash: hash.digest('hex') };
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** The parts of a file of `size` bytes that are read: offset and length. Pure. */
export function partsOf(size: number): [at: number, length: number][] {
  if (size <= wholeBytes) return [[0, size]];
  return Array.from({ length: samples }, (_, i) => [Math.floor(((size - sampleBytes) * i) / (samples - 1)), sampleBytes]);
}
