/** The console's log, read for what the kernel complained of, and for its last word. */
import { closeSync, fstatSync, openSync, readSync, watch } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { splatReader } from '../../console/reader.ts';
import type { Splat } from '../../console/splat.ts';

/** Bytes that are read at once. */
const chunkSize = 1 << 16;

interface Complaints {
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

/** The kernel's last word (kernel/reboot.c) in a machine that cannot be switched off. It says so as loud as it can: `quiet` does not keep it off. */
const lastWord = /reboot: System halted\r?\n$/;

/**
 * Calls when the kernel has halted its machine: `poweroff -f`, say, on a microvm,
 * which has no ACPI to switch it off with. QEMU goes on, and tells nobody.
 */
export function whenHalted(log: string, halted: () => void): { close(): void } {
  const buffer = Buffer.allocUnsafe(100);
  try {
    const watcher = watch(log, () => {
      try {
        const fd = openSync(log, 'r');
        const read = readSync(fd, buffer, 0, buffer.length, Math.max(0, fstatSync(fd).size - buffer.length));
        closeSync(fd);
        if (lastWord.test(buffer.toString('latin1', 0, read))) halted();
      } catch {
        // Whoever has removed the log does without.
      }
    });
    watcher.on('error', () => undefined);
    return watcher;
  } catch {
    return { close: () => undefined }; // no inotify watch is left: then a person ends it
  }
}
