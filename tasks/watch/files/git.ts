/**
 * Whether git is at work in a tree. It holds `index.lock` while it moves
 * files; a rebase releases it between two commits, so there a git process in
 * the tree counts too. One that stopped for the person (a conflict, `edit`)
 * has no process, and pauses nothing.
 */
import { existsSync, readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isAlive } from '../../host/processes/process.ts';
import { isBelow } from './watched.ts';

const inProgress = ['rebase-merge', 'rebase-apply', 'sequencer'];

/** The commands that step through commits. A `git log` in its pager is works on nothing. */
const stepping = new Set(['rebase', 'am', 'cherry-pick', 'revert', 'pull']);

/** The directory in which git keeps a tree's index; `undefined` where the tree is in no repository. */
export function gitDirOf(tree: string): string | undefined {
  for (let at = tree; ; at = dirname(at)) {
    const git = join(at, '.git');
    const found = statSync(git, { throwIfNoEntry: false });
    if (found?.isDirectory()) return git;
    if (found?.isFile()) {
      // A worktree or a submodule: the file names the directory.
      const named = /^gitdir: (.*)$/m.exec(readFileSync(git, 'utf8'))?.[1];
      return named === undefined ? undefined : resolve(at, named);
    }
    if (at === dirname(at)) return undefined;
  }
}

/** What git does now: nothing, holds its lock, or is between two steps by these processes. */
type GitWork = { readonly is: 'nothing' } | { readonly is: 'locked' } | { readonly is: 'stepping'; readonly pids: readonly number[] };

function gitWork(gitDir: string, tree: string): GitWork {
  if (existsSync(join(gitDir, 'index.lock'))) return { is: 'locked' };
  if (!inProgress.some((name) => existsSync(join(gitDir, name)))) return { is: 'nothing' };
  const pids = gitProcesses(tree);
  return pids.length > 0 ? { is: 'stepping', pids } : { is: 'nothing' };
}

/** Git processes that step through commits in the tree. Those of other users cannot be looked into, and do not count. */
function gitProcesses(tree: string): number[] {
  const pids: number[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (readFileSync(`/proc/${name}/comm`, 'utf8').trim() !== 'git') continue;
      const cwd = readlinkSync(`/proc/${name}/cwd`);
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      if ((cwd === tree || isBelow(cwd, tree)) && words.some((word) => stepping.has(word))) pids.push(Number(name));
    } catch {
      // It has ended, or is another user's.
    }
  }
  return pids;
}

const stepMs = 20;

/** Tells when git begins and ends to be at work. `look` is called when something in git's directory has changed. */
export class GitPause {
  readonly #gitDir: string;
  readonly #tree: string;
  readonly #onPause: (on: boolean) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(gitDir: string, tree: string, onPause: (on: boolean) => void) {
    this.#gitDir = gitDir;
    this.#tree = tree;
    this.#onPause = onPause;
  }

  /** Whether a change of this path may mean that git began or ended. */
  concerns(path: string): boolean {
    return dirname(path) === this.#gitDir && /^(?:index\.lock|index|HEAD|rebase-\w+|sequencer)$/.test(path.slice(this.#gitDir.length + 1));
  }

  look(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    const work = gitWork(this.#gitDir, this.#tree);
    this.#onPause(work.is !== 'nothing');
    if (work.is !== 'stepping') return;
    // A process that ends changes no file of the directory: asked for by its id.
    this.#timer = setInterval(() => { if (!work.pids.some(isAlive)) this.look(); }, stepMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
