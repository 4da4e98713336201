/** The console's log, read for what the kernel complained of. */
import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { splatReader } from '../../console/reader.ts';
import type { Splat } from '../../console/splat.ts';

/** Bytes that are read at once. */
const chunkSize = 1 << 16;

export interface Complaints {
  /** The splats since the last time. What is there of one that goes on counts as all of it. */
  (): readonly Splat[];
}

/**
 * QEMU writes each letter before the guest's processor that sends it goes on:
 * what a command made the kernel say is in the file when it has ended.
 */
export function complaintsIn(log: string): Complaints {
  const reader = splatReader();
  const decoder = new StringDecoder('utf8');
  let at = 0;
  return () => {
    const found: Splat[] = [];
    const buffer = Buffer.allocUnsafe(chunkSize);
    let fd: number;
    try {
      fd = openSync(log, 'r');
    } catch {
      return []; // nothing was kept of it
    }
    try {
      for (let size = readSync(fd, buffer, 0, chunkSize, at); size > 0; size = readSync(fd, buffer, 0, chunkSize, at)) {
        at += size;
        found.push(...reader.push(decoder.write(buffer.subarray(0, size))));
      }
    } finally {
      closeSync(fd);
    }
    return [...found, ...reader.end()];
  };
}
