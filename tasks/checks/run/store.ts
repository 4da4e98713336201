/** The results of past runs, and the outputs of their tests: below STATE_DIR, the newest fifty. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectories, fileFailure, namesIn, textOf, writeWhole } from '../../host/files.ts';
import type { Result } from '../../report/failure.ts';
import type { PastRun } from '../history.ts';

const runsKept = 50;
/** Of those that were given up, whose tests' outputs a person may still look at: a watch gives up one at each save that comes too soon. */
const unfinishedKept = 5;

const resultsName = 'results.json';
const runsDir = (stateDir: string) => join(stateDir, 'checks', 'runs');
const names = (dir: string) => namesIn(dir).filter((name) => /^\d+$/.test(name)).sort((a, b) => Number(a) - Number(b));

/** Makes the directory of a new run, and removes those that are too old. */
export function newRun(stateDir: string, startedMs: number): Result<string> {
  const dir = runsDir(stateDir);
  try {
    makeDirectories(dir);
    const isFinished = (name: string) => existsSync(join(dir, name, resultsName));
    const old = [...names(dir).filter(isFinished).slice(0, -(runsKept - 1)), ...names(dir).filter((name) => !isFinished(name)).slice(0, -unfinishedKept)];
    for (const name of old) rmSync(join(dir, name), { recursive: true, force: true });
    let name = startedMs;
    while (readdirSync(dir).includes(String(name))) name++;
    makeDirectories(join(dir, String(name)));
    return join(dir, String(name));
  } catch (error) {
    return fileFailure("keeping the tests' results", dir, error);
  }
}

/** The runs that came to their end, oldest first. */
export function pastRuns(stateDir: string): PastRun[] {
  return keptRuns(stateDir).map(({ run }) => run);
}

/** The same, each with its directory. */
export function keptRuns(stateDir: string): { readonly dir: string; readonly run: PastRun }[] {
  const dir = runsDir(stateDir);
  return names(dir).flatMap((name) => {
    try {
      const run = JSON.parse(textOf(join(dir, name, resultsName)) ?? 'null') as PastRun | null;
      return run === null || !Array.isArray(run.tests) ? [] : [{ dir: join(dir, name), run }];
    } catch {
      return []; // cut off: it tells nothing
    }
  });
}

export function keepRun(dir: string, run: PastRun): Result<void> {
  return writeWhole(join(dir, resultsName), `${JSON.stringify(run)}\n`);
}
