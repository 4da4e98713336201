/** kloop's own version, from its package.json. */
import { join } from 'node:path';
import { textOf } from './files.ts';

/** @param projectDir where kloop's package.json is @returns words instead, where it cannot be read */
export function ownVersion(projectDir: string): string {
  try {
    const { version } = JSON.parse(textOf(join(projectDir, 'package.json')) ?? '') as { readonly version?: string };
    if (version !== undefined) return version;
  } catch {
    // Damaged, or gone.
  }
  return 'of an unknown version';
}
