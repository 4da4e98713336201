/** The kernel tree that a person stands in, or named. */
import { createHash } from 'node:crypto';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { NoTree, OwnTree } from '../../../config/own-tree.ts';
import { variantBuiltIn } from '../../../config/variant.ts';
import { mayWriteTo, textOf } from '../../host/files.ts';
import { userStateDir, type Environment } from '../../host/user-dirs.ts';
import { isFailure, type Failure } from '../../report/failure.ts';
import { kernelFailure } from '../reasons.ts';
import { lastBuild, treeOfBuild } from './build-dirs.ts';
import { lookAtTree, versionOf } from './tree.ts';

interface Standing {
  /** Where the person is. */
  readonly cwd: string;
  /** What they named by --tree, absolute. */
  readonly named?: string | undefined;
  /** Kloop's own directory. Who stands in a checkout is at kloop, wherever that lies. */
  readonly projectDir: string;
  readonly env: Environment;
}

/**
 * Looks at the directory and at those above it.
 *
 * @returns the tree; what was found instead of one, which need not matter; or
 *   `no-tree` and its like, where what --tree names is not one
 */
export function findTree({ cwd, named, projectDir, env }: Standing): OwnTree | NoTree | Failure {
  const start = real(named ?? cwd);
  if (named !== undefined && start === undefined) return kernelFailure({ reason: 'not-a-kernel-tree', path: named, why: 'there is no such directory' });
  if (start === undefined) return { kind: 'none', path: cwd, met: { what: 'nothing' } };
  const found = lookUp(start, named === undefined ? real(projectDir) : undefined);
  if (found === undefined) {
    if (named === undefined) return { kind: 'none', path: start, met: { what: 'nothing' } };
    const looked = lookAtTree(start);
    return isFailure(looked) ? looked : kernelFailure({ reason: 'not-a-kernel-tree', path: start, why: 'it has no init/main.c' });
  }
  if (found.met !== 'tree') {
    const none: NoTree = { kind: 'none', path: found.path, met: found.met };
    return named === undefined ? none : kernelFailure({ reason: 'no-tree', ...none });
  }
  const { path, build } = found;
  const state = stateOf(path, env);
  const variant = build === undefined ? undefined : variantBuiltIn(build, state);
  return {
    kind: 'own', path, state, variant,
    why: named !== undefined ? 'by --tree' : build === undefined ? 'you are in it' : 'you are in a build directory of it',
    build: build === undefined || variant !== undefined ? lastBuild(path, state) : { path: build, why: named === undefined ? 'you are in it' : 'by --tree', here: true },
  };
}

function real(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

type Found =
  | { readonly met: 'tree'; readonly path: string; readonly build: string | undefined }
  | { readonly met: Exclude<NoTree['met'], { what: 'nothing' }>; readonly path: string };

function lookUp(start: string, end: string | undefined): Found | undefined {
  let bare: Found | undefined;
  for (let at = start; at !== end; at = dirname(at)) {
    const found = at !== start && isEverybodys(at) ? undefined : lookAt(at);
    if (found !== undefined) return found;
    if (bare === undefined && isBare(at)) bare = { met: { what: 'bare' }, path: at };
    if (at === dirname(at)) break;
  }
  return bare;
}

function lookAt(path: string): Found | undefined {
  const of = treeOfBuild(path);
  if (of !== undefined) {
    if ('gone' in of) return { met: { what: 'part', why: `it is a build directory of ${of.gone}, which does not exist` }, path };
    const lacks = whatLacks(of.tree);
    return lacks === undefined ? { met: 'tree', path: of.tree, build: path } : { met: { what: 'part', why: `it is a build directory of ${of.tree}, which ${lacks}` }, path };
  }
  if (!looksLikeOne(path)) return undefined;
  const lacks = whatLacks(path);
  return lacks === undefined ? { met: 'tree', path, build: undefined } : { met: { what: 'part', why: `it ${lacks}` }, path };
}

/** The kernel's Makefile has a version; others that took over Kbuild (U-Boot, Busybox) have one as well. */
function looksLikeOne(path: string): boolean {
  const makefile = textOf(join(path, 'Makefile'));
  return makefile !== undefined && versionOf(makefile) !== undefined && ['Kbuild', 'Kconfig'].some((name) => existsSync(join(path, name)));
}

/** Half a checkout, a distribution's headers, U-Boot: each lacks what a kernel starts from. */
function whatLacks(path: string): string | undefined {
  const looked = lookAtTree(path);
  if (kernelFailure.is(looked, 'not-a-kernel-tree')) return `is not a whole kernel tree: ${looked.detail.why}`;
  return existsSync(join(path, 'init/main.c')) ? undefined : 'is not a whole kernel tree: it has no init/main.c';
}

/** A directory such as /tmp: anyone can put a tree there, with settings, above where another stands. */
function isEverybodys(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && (stat.mode & 0o002) !== 0 && ((stat.mode & 0o1000) !== 0 || stat.uid !== process.getuid?.());
}

/** As git tells one: it has these, and no files of a commit. (setup.c, `is_git_directory`) */
function isBare(path: string): boolean {
  return basename(path) !== '.git' && existsSync(join(path, 'HEAD')) && ['objects', 'refs'].every((name) => existsSync(join(path, name)));
}

function stateOf(tree: string, env: Environment): string {
  const own = join(tree, '.kloop');
  if (mayWriteTo(existsSync(own) ? own : tree)) return own;
  return join(userStateDir(env), 'trees', `${basename(tree)}-${createHash('sha256').update(tree).digest('hex').slice(0, 12)}`);
}
