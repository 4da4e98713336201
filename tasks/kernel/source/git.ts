/** Kernel sources in git repositories. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Work } from '../../graph/target.ts';
import { fileFailure } from '../../host/files.ts';
import { noOtherRepository } from '../../host/git.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { fill, makeTree } from './partial.ts';
import type { SourceEntry } from './entry.ts';

type GitEntry = Extract<SourceEntry, { kind: 'git' }>;

/** In a clone's .git: kloop made this tree, and may remove it where nothing of the user's is in it. */
export const cloneMark = 'kloop-made';

/**
 * git must not ask: not on the terminal (GIT_TERMINAL_PROMPT), not by a window
 * (an empty GIT_ASKPASS), and ssh not for a password or a host key either. A
 * connection that stalls is given up after half a minute rather than never.
 */
export function gitEnvironment(timeoutMs: number, env: NodeJS.ProcessEnv = process.env): Record<string, string | undefined> {
  const seconds = Math.max(1, Math.ceil(timeoutMs / 1000));
  return {
    LC_ALL: 'C',
    ...noOtherRepository,
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    GIT_SSH_COMMAND: `${env['GIT_SSH_COMMAND'] ?? 'ssh'} -o BatchMode=yes -o ConnectTimeout=${seconds} -o ServerAliveInterval=10`,
    GIT_HTTP_LOW_SPEED_LIMIT: '1000',
    GIT_HTTP_LOW_SPEED_TIME: '30',
  };
}

const isCommit = (ref: string | undefined) => ref !== undefined && /^[0-9a-f]{40}$/.test(ref);

/** @returns `undefined` when the repository answers and has the branch; else why it is unavailable, in words. */
export async function gitUnavailable(entry: GitEntry, timeoutMs: number, processes: Processes, signal: AbortSignal): Promise<Result<string | undefined>> {
  const named = entry.ref !== undefined && !isCommit(entry.ref);
  const ended = await processes.run({
    argv: ['git', 'ls-remote', '--exit-code', '--', entry.url, named ? (entry.ref ?? '') : 'HEAD'],
    env: gitEnvironment(timeoutMs),
    timeoutMs,
    signal,
    cwd: '/',
  });
  if (isFailure(ended) || ended.status === 0) return isFailure(ended) ? ended : undefined;
  if (ended.status === 'timeout') return `no answer within ${timeoutMs / 1000} s`;
  if (ended.status === 2) return named ? `it has no branch or tag '${entry.ref}'` : 'it has no commits';
  return gitsWords(ended.tail);
}

/** The one line of git's that says what is wrong: 'fatal: unable to access …: Could not resolve host: github.com'. */
export function gitsWords(tail: readonly string[]): string {
  const telling = tail.find((line) => /^(ssh|kex|Host key|.*Permission denied)/.test(line)) ?? tail.find((line) => line.startsWith('fatal:')) ?? tail.at(-1) ?? 'git gave no reason';
  return telling.replace(/^(fatal|error): /, '').replace(/^unable to access '[^']*': /, '').trim();
}

/** Clones one commit deep. */
export function cloneTree(entry: GitEntry, tree: string, timeoutMs: number, processes: Processes, work: Work): Promise<Result<void>> {
  return makeTree(tree, async (partial) => {
    const clone = join(partial, 'tree');
    const git = (doing: string, ...args: string[]) => fill(processes, doing, partial, {
      argv: ['git', ...args],
      cwd: partial,
      env: gitEnvironment(timeoutMs),
      signal: work.signal,
      log: work.log,
      onLine: (line) => {
        const progress = gitProgress(line);
        if (progress !== undefined) work.progress(progress);
      },
    });
    const doing = `cloning ${entry.url}`;
    // `clone --branch` takes branches and tags only; a commit is fetched by its id.
    const steps = isCommit(entry.ref)
      ? [['init', '--quiet', clone],
        ['-C', clone, 'remote', 'add', 'origin', entry.url],
        ['-C', clone, 'fetch', '--depth=1', '--progress', 'origin', entry.ref ?? ''],
        ['-C', clone, 'checkout', '--progress', '--detach', 'FETCH_HEAD']]
      : [['clone', '--depth=1', '--progress', ...(entry.ref === undefined ? [] : ['--branch', entry.ref]),
        // A path is cloned by hard links and as deep as it is, unless it is a URL.
        '--', entry.url.startsWith('/') ? `file://${entry.url}` : entry.url, clone]];
    for (const step of steps) {
      const done = await git(doing, ...step);
      if (isFailure(done)) return done;
    }
    const head = await git(doing, '-C', clone, 'rev-parse', 'HEAD');
    if (isFailure(head)) return head;
    try {
      writeFileSync(join(clone, '.git', cloneMark), `source ${entry.text}\ncommit ${head.trim()}\n`);
    } catch (error) {
      return fileFailure(doing, clone, error);
    }
    return clone;
  });
}

/** 'Receiving objects:  42% (34012/80123), 90.1 MiB' and its like; `undefined` for other lines. */
export function gitProgress(line: string): { what: string; done: number; total: number } | undefined {
  const match = /^(?:remote: )?([A-Z][a-z]+ [a-z]+): +\d+% \((\d+)\/(\d+)\)/.exec(line);
  return match === null ? undefined : { what: match[1] ?? '', done: Number(match[2]), total: Number(match[3]) };
}
