/** The consoles of the VMs that it went wrong in. */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { coreFile } from '../../machine/core-file.ts';
import { cut, type Cut } from './cut.ts';
import type { Part } from './parts.ts';

/** Of a console the beginning has the boot, the end what went wrong. Bytes. */
const kept = { head: 256 << 10, tail: 768 << 10 } as const;
/** Of so many boots at most. */
export const mostConsoles = 4;

/** A file's beginning and end; `undefined` where it cannot be read. */
export function cutFile(path: string, limits: { readonly head: number; readonly tail: number } = kept): Cut | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const from = fd;
    return cut((offset, size) => {
      const bytes = Buffer.alloc(size);
      return bytes.subarray(0, readSync(from, bytes, 0, size, offset));
    }, fstatSync(fd).size, limits);
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** A boot's console. `text`: where it was read already, for its file may be gone by now. */
export interface Console {
  readonly path: string;
  readonly text?: Cut;
}

export function consoleParts(consoles: readonly Console[]): Part[] {
  const shown = consoles.slice(0, mostConsoles);
  const parts = shown.map(({ path, text }, index): Part => {
    const part = { name: shown.length === 1 ? 'console.log' : `console-${index + 1}.log`, what: "the VM's console" };
    const found = text ?? cutFile(path);
    return found === undefined ? { ...part, why: `${path} is not there any more` }
      : { ...part, data: found.data, leftOut: found.dropped === 0 ? undefined : `${found.dropped} bytes are left out in the middle` };
  });
  const cores = shown.flatMap(({ path }, index): Part[] => {
    const from = coreFile(path);
    return existsSync(from) ? [{ name: shown.length === 1 ? 'core' : `core-${index + 1}`, what: "the VM's memory, for `kloop drgn` or crash(8)", from }] : [];
  });
  parts.push(...cores);
  const more = consoles.length - shown.length;
  return more === 0 ? parts : [...parts, { name: 'more consoles', what: `of ${more} more boots`, why: `only the first ${mostConsoles} are kept` }];
}
