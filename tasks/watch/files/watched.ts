/** What is watched, and what a changed path means. Pure. */
import { basename, dirname, extname } from 'node:path';
import { isGeneratedPath, isSourceName } from '../../kernel/inputs/names.ts';
import type { WatchedChange } from './change.ts';

/** All that the kernel, the VM and the command are made from. Paths are absolute. */
export interface Watched {
  readonly tree: string;
  /** Where make builds; the tree itself, often. */
  readonly buildDir: string;
  /** The files that this kernel is made from, with the Makefiles and Kconfig files that it is configured by. */
  readonly inputs: ReadonlySet<string>;
  /** The directories in which a new file may matter. */
  readonly directories: ReadonlySet<string>;
  /** Source-like files that the build makes: no news. */
  readonly made: ReadonlySet<string>;
  readonly configs: ReadonlySet<string>;
  readonly settings: ReadonlySet<string>;
  /** The command's script, and the files that `--also` names. */
  readonly commands: ReadonlySet<string>;
  /** The files that the kernel's own tests are built from, where they are run. */
  readonly tests: ReadonlySet<string>;
  /** The directories that `--also` names: all below them counts. */
  readonly alsoDirectories: readonly string[];
  /** False while the last build did not succeed: the list of inputs may lack what it did not get to. */
  readonly complete: boolean;
}

/** Why a change doesn't matter. */
export type Ignored =
  /** An editor's own: swap and backup files, its temporary ones. */
  | 'editor'
  /** Made by the build. */
  | 'product'
  /** Git's own. */
  | 'git'
  /** No file of this kernel's build reads it. */
  | 'unused'
  /** It lies outside the kernel's directories. */
  | 'elsewhere';

type Meaning = { readonly change: WatchedChange } | { readonly ignored: Ignored };

/**
 * - vim: `4913` (a probe whether the directory can be written), `.x.swp`, `x~`
 * - emacs: `#x#`, `.#x`, `x~`; nano: `.x.swp`; kate: `.x.kate-swp`
 * - sed -i: `sedXXXXXX`; VS Code and others: `x.tmp`, `.x.XXXX.tmp`
 * (names as these editors were seen to make them, or as their manuals say)
 */
const editorNames = /^(?:\d{4,5}|#.*#|\.#.*|.*~|\.?.*\.sw[a-z]|.*\.kate-swp|sed[A-Za-z0-9]{6}|.*\.tmp|\.goutputstream-\w+|.*\.orig|.*\.rej)$/;

const productEndings = new Set([
  '.o', '.a', '.d', '.cmd', '.ko', '.mod', '.order', '.s', '.i', '.su', '.gz', '.bz2', '.lz4', '.xz', '.lzma',
  '.lzo', '.zst', '.bin', '.elf', '.symvers', '.builtin', '.modinfo', '.so', '.dbg', '.dtb', '.dtbo', '.relocs', '.log',
]);

export function meaningOf(path: string, watched: Watched): Meaning {
  if (watched.settings.has(path)) return { change: { path, kind: 'settings' } };
  if (watched.configs.has(path)) return { change: { path, kind: 'config' } };
  if (watched.commands.has(path)) return { change: { path, kind: 'command' } };
  if (watched.inputs.has(path)) return { change: { path, kind: 'source' } };
  const name = basename(path);
  if (editorNames.test(name)) return { ignored: 'editor' };
  if (watched.tests.has(path)) return { change: { path, kind: 'source' } };
  if (watched.alsoDirectories.some((directory) => isBelow(path, directory))) {
    return isBelow(path, watched.tree) && productEndings.has(extname(name)) ? { ignored: 'product' } : { change: { path, kind: 'command' } };
  }
  // The tree itself, or one of the kernel's directories, came back.
  if (path === watched.tree) return { change: { path, kind: 'perhaps' } };
  if (!isBelow(path, watched.tree)) return { ignored: 'elsewhere' };
  if (name === '.git' || path.includes('/.git/')) return { ignored: 'git' };
  if (name.startsWith('.') || productEndings.has(extname(name)) || isMade(path, watched)) return { ignored: 'product' };
  if (!isSourceName(name)) return { ignored: 'unused' };
  return { change: { path, kind: 'perhaps' } };
}

function isMade(path: string, { tree, buildDir, made }: Watched): boolean {
  if (made.has(path)) return true;
  if (buildDir !== tree && isBelow(path, buildDir)) return true;
  return isGeneratedPath(path.slice(buildDir.length + 1));
}

export function isBelow(path: string, directory: string): boolean {
  return path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

/** The directories to watch: those of all that is named, and those between them and the tree, where a directory may come back. */
export function directoriesOf(watched: Watched): Set<string> {
  const directories = new Set<string>();
  for (const path of watched.inputs) {
    for (let dir = dirname(path); !directories.has(dir); dir = dirname(dir)) {
      directories.add(dir);
      if (dir === watched.tree || !isBelow(dir, watched.tree)) break;
    }
  }
  directories.add(watched.tree);
  for (const directory of watched.directories) directories.add(directory);
  for (const set of [watched.configs, watched.settings, watched.commands, watched.tests]) for (const path of set) directories.add(dirname(path));
  return directories;
}
