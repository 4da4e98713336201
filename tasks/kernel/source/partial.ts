/**
 * Trees that appear whole or not at all: made under a partial name beside
 * their place, then renamed. A run that was killed leaves only the partial
 * directory, which the next run clears.
 */
import { mkdirSync, promises, renameSync, statfsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { codeOf, fileFailure } from '../../host/files.ts';
import type { Command, Processes } from '../../host/processes/process.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { hostFailure } from '../../host/reasons.ts';

/** The partial directory of a tree. It begins with a dot: a glob over REPOS_DIR does not meet it. */
export function partialOf(tree: string): string {
  return join(dirname(tree), `.${basename(tree)}.kloop-partial`);
}

/**
 * Calls `make` with an empty partial directory; what it returns there is renamed
 * to `tree`. The directory is removed whatever happens.
 */
export async function makeTree(tree: string, make: (partial: string) => Promise<Result<string>>): Promise<Result<void>> {
  const partial = partialOf(tree);
  const begun = await emptyDirectory(partial);
  if (isFailure(begun)) return begun;
  try {
    const made = await make(partial);
    if (isFailure(made)) return made;
    renameSync(made, tree);
    return undefined;
  } catch (error) {
    return fileFailure('putting the kernel source in its place', tree, error);
  } finally {
    await promises.rm(partial, { recursive: true, force: true }).catch(() => undefined); // the next run clears it
  }
}

async function emptyDirectory(path: string): Promise<Result<void>> {
  try {
    await promises.rm(path, { recursive: true, force: true });
    mkdirSync(path, { recursive: true });
    return undefined;
  } catch (error) {
    return fileFailure('making a directory for the kernel source', path, error);
  }
}

/** Runs a tool that fills a directory; a full disk is worded as such, whatever the tool calls it. */
export async function fill(processes: Processes, doing: string, directory: string, command: Command): Promise<Result<string>> {
  const ended = await processes.run({ ...command, env: { LC_ALL: 'C', ...command.env } });
  if (isFailure(ended)) return ended;
  if (ended.status === 0) return ended.stdout;
  const full = ended.tail.some((line) => /no space left on device|disk quota exceeded/i.test(line)) || isFull(directory);
  if (full) return hostFailure({ reason: 'file-error', doing, path: dirname(directory), code: 'ENOSPC', message: 'no space left on the device' });
  return hostFailure({ reason: 'command-failed', doing, argv: command.argv, status: ended.status, tail: ended.tail, log: command.log, fix: [] });
}

/** curl and git do not always say why a write failed. */
function isFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize < 64 * 1024;
  } catch (error) {
    return codeOf(error) === 'ENOSPC';
  }
}
