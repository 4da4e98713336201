/** What `addr2line -a -i -f` prints. Pure. */
import { isAbsolute, normalize } from 'node:path';
import type { SourceLine } from '../console/annotate.ts';

/**
 * @param roots directories that are left out of a path's beginning
 * @returns by address, as a number: the innermost function first. An address without a line is left out.
 */
export function readAddr2line(text: string, roots: readonly string[]): Map<bigint, SourceLine[]> {
  const found = new Map<bigint, SourceLine[]>();
  let address = 0n;
  let name: string | undefined;
  for (const line of text.split('\n')) {
    if (/^0x[0-9a-f]+$/.test(line)) {
      address = BigInt(line);
      name = undefined;
    } else if (name === undefined) {
      name = line;
    } else {
      const [, path, number] = /^(.*):(\d+)(?: \(discriminator \d+\))?$/.exec(line) ?? [];
      if (path !== undefined && number !== undefined && number !== '0' && path !== '??') {
        found.set(address, [...found.get(address) ?? [], { function: name, file: shortPath(path, roots), line: Number(number) }]);
      }
      name = undefined;
    }
  }
  return found;
}

function shortPath(path: string, roots: readonly string[]): string {
  const clean = normalize(path);
  if (!isAbsolute(clean)) return clean;
  const root = roots.filter((dir) => clean.startsWith(`${dir}/`)).sort((a, b) => b.length - a.length)[0];
  return root === undefined ? clean : clean.slice(root.length + 1);
}
