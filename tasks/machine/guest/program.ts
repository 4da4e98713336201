/** Where a command's program is. */
import { accessSync, constants, statSync } from 'node:fs';
import type { GuestCommand } from '../description.ts';

/**
 * Asked of the host, whose files the guest has when it has booted: a guest that goes
 * along PATH itself asks the host for each directory, a millisecond each. It does so
 * where what is named here cannot be run there.
 *
 * @returns the path by which execvp(3) would run it; `undefined`: it need not be looked for, or the host has none
 */
export function programOf({ argv: [name = ''], env }: Pick<GuestCommand, 'argv' | 'env'>): string | undefined {
  const program = Buffer.from(name).toString();
  const path = env.map((entry) => Buffer.from(entry).toString()).find((entry) => entry.startsWith('PATH='))?.slice('PATH='.length);
  if (program === '' || program.includes('/') || program.includes('\uFFFD') || path === undefined) return undefined;
  for (const dir of path.split(':')) {
    // From here on it depends on the working directory.
    if (!dir.startsWith('/')) return undefined;
    const at = `${dir}/${program}`;
    if (isProgram(at)) return at;
  }
  return undefined;
}

function isProgram(path: string): boolean {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
