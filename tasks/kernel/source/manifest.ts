/**
 * What was unpacked: path, size and time of each file, kept in the tree
 * itself, so that later the user's own work can be told from it.
 */
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, fileFailure } from '../../host/files.ts';
import type { Result } from '../../report/failure.ts';

/** The manifest's name in the tree. git and Kbuild leave files that begin with a dot alone. */
export const manifestName = '.kloop-manifest.gz';

/** 'size mtime' of each file, by its path in the tree. */
export type Manifest = ReadonlyMap<string, string>;

/** All files below a directory, as a manifest has them. Symbolic links are files; `skip` names top-level entries to leave out. */
export function listFiles(tree: string, skip: ReadonlySet<string> = new Set()): Map<string, string> {
  const files = new Map<string, string>();
  const walk = (directory: string) => {
    for (const entry of readdirSync(join(tree, directory), { withFileTypes: true })) {
      if (directory === '' && skip.has(entry.name)) continue;
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory()) {
        walk(path);
      } else {
        const { size, mtimeMs } = lstatSync(join(tree, path));
        files.set(path, `${size} ${Math.floor(mtimeMs)}`);
      }
    }
  };
  walk('');
  return files;
}

/** Lists a tree that was just unpacked. Takes half a second. */
export async function writeManifest(tree: string): Promise<Result<void>> {
  try {
    const { gzipSync } = await import('node:zlib'); // not for every start of kloop: it takes 4 ms to load
    const lines = [...listFiles(tree)].map(([path, what]) => `${what} ${path}\0`);
    writeFileSync(join(tree, manifestName), gzipSync(lines.join(''), { level: 1 }));
    return undefined;
  } catch (error) {
    return fileFailure('listing the kernel source', tree, error);
  }
}

/** `undefined` where kloop did not unpack this tree. */
export async function readManifest(tree: string): Promise<Result<Manifest | undefined>> {
  try {
    const { gunzipSync } = await import('node:zlib');
    const text = gunzipSync(readFileSync(join(tree, manifestName))).toString();
    const files = new Map<string, string>();
    for (const line of text.split('\0')) {
      const match = /^(\d+ -?\d+) ([^]*)$/.exec(line);
      if (match !== null) files.set(match[2] ?? '', match[1] ?? '');
    }
    return files;
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? undefined : fileFailure("reading kloop's list of the tree", join(tree, manifestName), error);
  }
}
