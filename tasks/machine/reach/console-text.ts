/** The console's file, for people: from a place in it on, and as it grows. */
import { closeSync, openSync, readSync, watch } from 'node:fs';

const chunkSize = 1 << 16;

/** @returns its text from there on, with the line ends of a file; '' where there is none */
export function consoleText(path: string, from: number): string {
  return linesOf(bytesFrom(path, from));
}

/** A serial line's ends: "\r\n". */
const linesOf = (bytes: Buffer): string => bytes.toString('utf8').replaceAll('\r', '');

function bytesFrom(path: string, from: number): Buffer {
  const parts: Buffer[] = [];
  let at = from;
  try {
    const fd = openSync(path, 'r');
    try {
      for (;;) {
        const chunk = Buffer.alloc(chunkSize);
        const size = readSync(fd, chunk, 0, chunkSize, at);
        if (size === 0) break;
        at += size;
        parts.push(chunk.subarray(0, size));
      }
    } finally {
      closeSync(fd);
    }
  } catch {
    // Nothing was kept of it.
  }
  return Buffer.concat(parts);
}

/** Hands on what it has, and what comes, until `end` is called. */
export function followConsole(path: string, print: (text: string) => void): { end(): void } {
  let at = 0;
  const look = () => {
    const bytes = bytesFrom(path, at);
    at += bytes.length;
    if (bytes.length > 0) print(linesOf(bytes));
  };
  const watcher = watch(path, look);
  watcher.on('error', () => undefined);
  look();
  return {
    end: () => {
      watcher.close();
      look();
    },
  };
}
